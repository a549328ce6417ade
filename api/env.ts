/** The environment of the function, read once at start. */
import * as z from "zod";
import { bucketNames } from "./storage/buckets.ts";

const text = z.string().min(1);
const wholeNumber = z.string().regex(/^\d+$/, "must be a whole number").transform(Number);
const positive = wholeNumber.refine((value) => value > 0, "must be above 0");
const keySet = z
  .string()
  .regex(
    /^(https|file):\/\/.+|^data:application\/json;base64,.+/,
    "must be an https:, file: or data: URI of JSON",
  );
const documentName = z
  .string()
  .regex(/^[^/]+\/[^/]+\/[^/]+$/, "must be <application>/<environment>/<profile>");

const json = text.transform((value, context) => {
  try {
    return JSON.parse(value) as unknown;
  } catch {
    context.addIssue({ code: "custom", message: "must be JSON" });
    return z.NEVER;
  }
});

/** The physical name of every bucket of the table. */
export const bucketTable = json.pipe(z.record(z.enum(bucketNames), text));

/** By the address of a cluster, that of the proxy in front of it. */
const proxyTable = json.pipe(z.record(text, text));

/** What the program sets. */
const supplied = {
  STACK_ENVIRONMENT: z.enum(["local", "dev", "staging", "prod"]),
  CODE_VERSION: text,
  MIGRATION_HASH: text,
  MASTER_HOST: text,
  MASTER_PORT: positive,
  MASTER_DATABASE: text,
  DATABASE_POOL_MAX: positive,
  JWT_ISSUER: text,
  JWT_AUDIENCE: text,
  JWKS: keySet,
  FLAG_DOCUMENT: documentName,
  KILL_SWITCH: documentName,
  FLAG_POLL_SECONDS: wholeNumber,
  SIGNER_KEY: text,
  BUCKETS: bucketTable,
  SESSION_ROLE: text,
  DEADLINE_MILLISECONDS: positive,
};

/** What the program may set: a service that is left out answers that it is not configured. */
const optional = {
  DATABASE_PROXIES: proxyTable.default({}),
  LABEL_OUTPUT_WEBHOOK: z
    .string()
    .regex(/^https:\/\/.+|^http:\/\/127\.0\.0\.1[:/]/, "must be an https: URL")
    .optional(),
  ORIGIN_KEY_SHA256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, "must be a SHA-256 in hex")
    .optional(),
};

/** What the runtime sets: all but the region only a local one, in place of AWS's services. */
const injected = {
  AWS_REGION: text,
  AWS_ENDPOINT_URL: text.optional(),
  APPCONFIG_DIRECTORY: text.optional(),
  PGPASSFILE: text.optional(),
  PGSSLMODE: text.optional(),
  SIGNER_KEY_FILE: text.optional(),
};

const schema = z.object({ ...supplied, ...optional, ...injected });

/** What infra must supply, all of it text. */
export type Environment = Record<keyof typeof supplied, string>;
export type Settings = z.output<typeof schema>;

/** The settings in these variables. Throws one error that names every problem. */
export function readSettings(variables: Readonly<Record<string, string | undefined>>): Settings {
  const parsed = schema.safeParse(variables);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `  ${issue.path.join(".")}: ${issue.message}`);
  throw new Error(`The function's environment is not usable:\n${problems.join("\n")}`);
}
