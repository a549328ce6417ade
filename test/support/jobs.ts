/** What the jobs are given in tests: MASTER of the test's PostgreSQL, and a command line to run them by. */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JobsEnv } from "../../monitoring/jobs-env.ts";
import type { TestPostgres } from "./postgres.ts";

export const jobsEnvOf = ({ master }: TestPostgres): JobsEnv => ({ environment: "test", master });

export interface JobEnd {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** `npm run jobs -- …` against it. Records go where --records says, or nowhere that stays. */
export function runJob({ master, environment }: TestPostgres, ...args: readonly string[]): Promise<JobEnd> {
  const records = mkdtempSync(join(tmpdir(), "part-lens-records-"));
  const env = {
    ...environment,
    STACK_ENVIRONMENT: "test",
    MASTER_HOST: master.host,
    MASTER_PORT: String(master.port),
    MASTER_DATABASE: master.database,
    JOB_RECORDS: records,
  };
  const { promise, resolve } = Promise.withResolvers<JobEnd>();
  execFile(process.execPath, ["monitoring/jobs-command.ts", ...args], { env }, (error, stdout, stderr) => {
    rmSync(records, { recursive: true, force: true });
    resolve({ code: Number(error?.code ?? 0), stdout, stderr });
  });
  return promise;
}
