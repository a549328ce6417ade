import * as z from "zod";
import { severities } from "./notifications.ts";

const place = z
  .string()
  .regex(/^[^/]+\/[^/]+\/[^/]+$/, "must be <application>/<environment>/<profile>")
  .transform((text) => text.split("/") as [string, string, string])
  .transform(([application, environment, profile]) => ({ application, environment, profile }));

/** JSON: the parts that hear each severity. */
export const contactsVariable = z
  .string()
  .transform((text, context) => {
    try {
      return JSON.parse(text) as unknown;
    } catch {
      context.addIssue("must be JSON");
      return z.NEVER;
    }
  })
  .pipe(z.record(z.enum(severities), z.array(z.string())));

const schema = z.object({
  STACK_ENVIRONMENT: z.string().min(1),
  /** "<applicationId>/<environmentId>/<profileId>" */
  KILL_SWITCH: place,
  /** The same for the flag document, which is only read. */
  FLAG_DOCUMENT: place,
  /** The hosted version whose cap is 0. */
  TRIPPED_VERSION: z.string().regex(/^\d+$/, "must be a version number"),
  DEPLOYMENT_STRATEGY: z.string().min(1),
  API_URL: z.url().transform((url) => url.replace(/\/+$/, "")),
  NOTIFY_TOPIC: z.string().min(1),
  LOCK_PARAMETER: z.string().min(1),
  /** Where the rollout's parameters are; the lock is one of them. */
  PARAMETER_PATH: z.string().startsWith("/"),
  ALARM_PREFIX: z.string().min(1),
  EVIDENCE_BUCKET: z.string().min(1),
  /** What an incident is collected from besides: the API's function, and its own log. */
  API_FUNCTION: z.string().min(1),
  /** Lambda's own; without it the way down is taken all the same. */
  AWS_LAMBDA_LOG_GROUP_NAME: z.string().min(1).optional(),
  MIGRATION_HASH: z.string().min(1),
  CONTACTS: contactsVariable,
  /** How many tenants v1 must read to prove that it answers. */
  TENANTS: z.coerce.number().int().min(1),
});

export type RollbackEnv = z.infer<typeof schema>;

/** The variables of the rollback function. Throws one Error that names every problem. */
export function rollbackEnv(variables: Readonly<Record<string, string | undefined>>): RollbackEnv {
  const parsed = schema.safeParse(variables);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
  throw new Error(`the rollback function's environment is wrong: ${problems.join("; ")}`);
}
