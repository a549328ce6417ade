import * as z from "zod";
import { collectionShape } from "./incident/collection-env.ts";
import { severities } from "./notifications.ts";

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
  ...collectionShape,
  /** The hosted version whose cap is 0. */
  TRIPPED_VERSION: z.string().regex(/^\d+$/, "must be a version number"),
  DEPLOYMENT_STRATEGY: z.string().min(1),
  NOTIFY_TOPIC: z.string().min(1),
  LOCK_PARAMETER: z.string().min(1),
  EVIDENCE_BUCKET: z.string().min(1),
  /** Lambda's own; without it the way down is taken all the same. */
  AWS_LAMBDA_LOG_GROUP_NAME: z.string().min(1).optional(),
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
