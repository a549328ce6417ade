import * as z from "zod";
import type { DatabaseTarget } from "../api/database/connection.ts";

const schema = z.object({
  STACK_ENVIRONMENT: z.string().min(1),
  MASTER_HOST: z.string().min(1),
  MASTER_PORT: z.coerce.number().int().positive(),
  MASTER_DATABASE: z.string().min(1),
});

export interface JobsEnv {
  readonly environment: string;
  readonly master: DatabaseTarget;
}

/** The variables of the jobs' functions. Throws one Error that names every problem. */
export function jobsEnv(variables: Readonly<Record<string, string | undefined>>): JobsEnv {
  const parsed = schema.safeParse(variables);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
    throw new Error(`the job's environment is wrong: ${problems.join("; ")}`);
  }
  const { STACK_ENVIRONMENT, MASTER_HOST, MASTER_PORT, MASTER_DATABASE } = parsed.data;
  const master = { host: MASTER_HOST, port: MASTER_PORT, database: MASTER_DATABASE };
  return { environment: STACK_ENVIRONMENT, master };
}
