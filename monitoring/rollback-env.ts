import * as z from "zod";

const schema = z.object({
  STACK_ENVIRONMENT: z.string().min(1),
  /** "<applicationId>/<environmentId>/<profileId>" */
  KILL_SWITCH: z
    .string()
    .regex(/^[^/]+\/[^/]+\/[^/]+$/, "must be <application>/<environment>/<profile>")
    .transform((text) => text.split("/") as [string, string, string])
    .transform(([application, environment, profile]) => ({ application, environment, profile })),
  /** The hosted version whose cap is 0. */
  TRIPPED_VERSION: z.string().regex(/^\d+$/, "must be a version number"),
  DEPLOYMENT_STRATEGY: z.string().min(1),
  API_URL: z.url().transform((url) => url.replace(/\/+$/, "")),
  NOTIFY_TOPIC: z.string().min(1),
  LOCK_PARAMETER: z.string().min(1),
  ALARM_PREFIX: z.string().min(1),
});

export type RollbackEnv = z.infer<typeof schema>;

/** The variables of the rollback function. Throws one Error that names every problem. */
export function rollbackEnv(variables: Readonly<Record<string, string | undefined>>): RollbackEnv {
  const parsed = schema.safeParse(variables);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
  throw new Error(`the rollback function's environment is wrong: ${problems.join("; ")}`);
}
