import { randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT } from "jose";
import type { Environment } from "../../api/env.ts";
import { capDocument, rolloutDocument } from "../../flags/document.ts";
import { bundle, handler } from "../../infra/api/bundle.ts";
import { freePort } from "../../infra/local/services/free-port.ts";
import { FunctionRuntime } from "../../infra/local/services/function-runtime.ts";
import type { TestPostgres } from "../support/postgres.ts";

export interface BenchApiOptions {
  readonly postgres: TestPostgres;
  /** For what the runtime writes; removed by the caller. */
  readonly directory: string;
  /** All of them are served by v2. */
  readonly yachts: readonly string[];
  readonly users: readonly string[];
  /** Connections to one database, and so to the tenant's. */
  readonly poolMax: number;
}

/** The API as it is deployed: the Lambda bundle in the local function runtime, on a port. */
export interface BenchApi {
  readonly port: number;
  /** Process id of the function's process. */
  readonly pid: number;
  /** A token for each user. */
  readonly tokens: readonly string[];
  /** Waits until the lines printed so far are in the log's file. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

const issuer = { JWT_ISSUER: "https://issuer.bench", JWT_AUDIENCE: "part-lens" };
const documents = { FLAG_DOCUMENT: "app/rollout/flags", KILL_SWITCH: "app/kill-switch/cap" };

function writeDocuments(directory: string, cohort: readonly string[]): void {
  const contents = {
    [documents.FLAG_DOCUMENT]: rolloutDocument({ stage: "full-100", cohort, holdOuts: [] }),
    [documents.KILL_SWITCH]: capDocument(100),
  };
  for (const [name, content] of Object.entries(contents)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), content);
  }
}

function tokenOf(key: CryptoKey, user: string): Promise<string> {
  return new SignJWT()
    .setProtectedHeader({ alg: "EdDSA", kid: "bench" })
    .setIssuer(issuer.JWT_ISSUER)
    .setAudience(issuer.JWT_AUDIENCE)
    .setSubject(user)
    .setExpirationTime("2h")
    .sign(key);
}

async function writeKeys(directory: string, key: CryptoKey) {
  const files = { jwks: join(directory, "jwks.json"), signer: join(directory, "signer.key") };
  writeFileSync(
    files.jwks,
    JSON.stringify({ keys: [{ ...(await exportJWK(key)), kid: "bench", alg: "EdDSA" }] }),
  );
  writeFileSync(files.signer, randomBytes(32).toString("base64"), { mode: 0o600 });
  return files;
}

function variablesOf({ postgres, poolMax }: BenchApiOptions, jwks: string): Environment {
  return {
    ...issuer,
    ...documents,
    STACK_ENVIRONMENT: "local",
    CODE_VERSION: "bench",
    MIGRATION_HASH: "bench",
    MASTER_HOST: postgres.master.host,
    MASTER_PORT: String(postgres.master.port),
    MASTER_DATABASE: postgres.master.database,
    DATABASE_POOL_MAX: String(poolMax),
    JWKS: pathToFileURL(jwks).href,
    // As in production.
    FLAG_POLL_SECONDS: "15",
    SIGNER_KEY: "arn:aws:kms:eu-west-1:000000000000:key/none",
    BUCKETS: JSON.stringify({ "pms-part-photos": "p", "pms-receiving-images": "r", "pms-label-pdfs": "l" }),
    SESSION_ROLE: "arn:aws:iam::000000000000:role/none",
    DEADLINE_MILLISECONDS: "10000",
  };
}

/** Builds the bundle, starts it, and waits until it answers. */
export async function startBenchApi(options: BenchApiOptions): Promise<BenchApi> {
  const { directory, postgres, users, yachts } = options;
  mkdirSync(directory, { recursive: true });
  writeDocuments(directory, yachts);
  const keys = await generateKeyPair("EdDSA", { extractable: true });
  const files = await writeKeys(directory, keys.publicKey);
  const runtime = new FunctionRuntime({
    directory: join(directory, "runtime"),
    region: "eu-west-1",
    injected: { ...postgres.environment, APPCONFIG_DIRECTORY: directory, SIGNER_KEY_FILE: files.signer },
  });
  const { archive } = await bundle("api");
  const environment = variablesOf(options, files.jwks);
  const bundleDirectory = String(await archive.path);
  await runtime.define("api", { bundleDirectory, handler, environment, timeoutSeconds: 30, memory: 1024 });
  const port = await freePort();
  await runtime.serve("api", "$LATEST", port);
  const [pid] = runtime.pids();
  if (pid === undefined) throw new Error("the API's process does not run");
  const tokens = await Promise.all(users.map((user) => tokenOf(keys.privateKey, user)));
  return { port, pid, tokens, flush: () => runtime.flush(), close: () => runtime.close() };
}
