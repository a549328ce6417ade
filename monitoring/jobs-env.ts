import * as z from "zod";
import type { DatabaseTarget } from "../api/database/connection.ts";

const text = z.string().min(1);

/** JSON: the physical name of every bucket. */
const bucketTable = z
  .string()
  .transform((json, context) => {
    try {
      return JSON.parse(json) as unknown;
    } catch {
      context.addIssue({ code: "custom", message: "must be JSON" });
      return z.NEVER;
    }
  })
  .pipe(z.record(text, text));

const schema = z.object({
  STACK_ENVIRONMENT: text,
  MASTER_HOST: text,
  MASTER_PORT: z.coerce.number().int().positive(),
  MASTER_DATABASE: text,
  BUCKETS: bucketTable.optional(),
  SESSION_ROLE: text.optional(),
  RECORDS_BUCKET: text.optional(),
  API_LOG_GROUP: text.optional(),
  AWS_REGION: text.optional(),
  AWS_ENDPOINT_URL: text.optional(),
});

/** What infra must supply to every job, and besides to those that need more, as the table says. All of it is text. */
export type JobVariables = Record<
  "STACK_ENVIRONMENT" | "MASTER_HOST" | "MASTER_PORT" | "MASTER_DATABASE",
  string
>;
export type SessionVariables = Record<"BUCKETS" | "SESSION_ROLE", string>;
export type RecordVariables = Record<"RECORDS_BUCKET", string>;
export type LogVariables = Record<"API_LOG_GROUP", string>;

/** Where the objects are, and the role whose sessions reach one yacht's. */
export interface StoragePlace {
  /** Bucket → its physical name. */
  readonly buckets: Readonly<Record<string, string>>;
  readonly sessionRole: string;
  readonly region: string;
  /** Of all services; undefined: AWS's own. */
  readonly endpoint: string | undefined;
}

export interface JobsEnv {
  readonly environment: string;
  readonly master: DatabaseTarget;
  /** Undefined where the variables name no buckets. */
  readonly storage?: StoragePlace;
  /** The evidence bucket, where the run's record is left. Undefined: nowhere. */
  readonly recordsBucket?: string;
  /** The log group of the API's function. */
  readonly apiLogGroup?: string;
}

/** The variables do not say what a job needs. */
export class VariablesWrongError extends Error {
  override readonly name = "VariablesWrongError";
}

const wrong = (problems: string) => new VariablesWrongError(`the job's environment is wrong: ${problems}`);

/** The variables of the jobs' functions. Throws one VariablesWrongError that names every problem. */
export function jobsEnv(variables: Readonly<Record<string, string | undefined>>): JobsEnv {
  const parsed = schema.safeParse(variables);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path: [name = "", ...within], message }) =>
      variables[String(name)] === undefined
        ? `${String(name)} is not set`
        : `${[name, ...within].join(".")}: ${message}`,
    );
    throw wrong(problems.join("; "));
  }
  const { STACK_ENVIRONMENT, MASTER_HOST, MASTER_PORT, MASTER_DATABASE } = parsed.data;
  const { RECORDS_BUCKET, API_LOG_GROUP } = parsed.data;
  const master = { host: MASTER_HOST, port: MASTER_PORT, database: MASTER_DATABASE };
  const storage = storageOf(parsed.data);
  return {
    environment: STACK_ENVIRONMENT,
    master,
    ...(storage && { storage }),
    ...(RECORDS_BUCKET && { recordsBucket: RECORDS_BUCKET }),
    ...(API_LOG_GROUP && { apiLogGroup: API_LOG_GROUP }),
  };
}

function storageOf(variables: z.output<typeof schema>): StoragePlace | undefined {
  const { BUCKETS: buckets, SESSION_ROLE: sessionRole, AWS_REGION: region } = variables;
  if (!buckets || !sessionRole || !region) return undefined;
  return { buckets, sessionRole, region, endpoint: variables.AWS_ENDPOINT_URL };
}

/** Where the objects are. Throws when the variables do not say it. */
export function storagePlace({ storage }: JobsEnv): StoragePlace {
  if (storage) return storage;
  throw wrong("BUCKETS, SESSION_ROLE and AWS_REGION must be set");
}

/** Where the API's lines are. Throws when the variables do not say it. */
export function apiLog({ apiLogGroup }: JobsEnv): string {
  if (apiLogGroup) return apiLogGroup;
  throw wrong("API_LOG_GROUP must be set");
}

/** The bucket of records and reports. Throws when the variables do not say it. */
export function recordsIn({ recordsBucket }: JobsEnv): string {
  if (recordsBucket) return recordsBucket;
  throw wrong("RECORDS_BUCKET must be set");
}
