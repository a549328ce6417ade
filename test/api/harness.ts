/** The whole API over a real PostgreSQL, with flags, keys and signers in files as on one machine. */
import { randomBytes, randomUUID } from "node:crypto";
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT } from "jose";
import { Secret, TOTP } from "otpauth";
import { createApp } from "../../api/app.ts";
import type { Dependencies } from "../../api/dependencies.ts";
import { readSettings } from "../../api/env.ts";
import { createRuntime } from "../../api/runtime.ts";
import { enrolSigner } from "../../api/signatures/enrolment.ts";
import { keyFileSealer } from "../../api/signatures/sealed-secret.ts";
import { capDocument, rolloutDocument } from "../../flags/document.ts";
import { type Role, userId, type YachtName, yachts } from "../support/fleet.ts";
import { startPostgres, type TestPostgres } from "../support/postgres.ts";

/** Long enough that no id or number contains it by chance. */
export const pin = "271828182845";

export interface Asked {
  /** The user; left out: no token. */
  readonly as?: readonly [YachtName, Role] | string;
  /** Sent as JSON with POST; text is sent as it is. */
  readonly body?: unknown;
  /** Left out: POST with a body, GET without. */
  readonly method?: string;
  readonly headers?: Record<string, string>;
}

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: Record<string, unknown>;
}

export interface Flags {
  readonly stage?: string;
  readonly cohort: readonly YachtName[];
  readonly cap?: 0 | 100;
}

export interface TestApi {
  readonly postgres: TestPostgres;
  /** The variables of the function. */
  readonly variables: Record<string, string>;
  readonly dependencies: Dependencies;
  /** What was written to the log. */
  readonly lines: string[];
  setFlags(flags: Flags): void;
  ask(path: string, asked?: Asked): Promise<Answered>;
  /** The canonical router of that prefix ("/v2", or "" for the lens). */
  execute(
    prefix: "/v2" | "",
    member: readonly [YachtName, Role],
    action: string,
    payload: unknown,
    idempotency_key?: string,
  ): Promise<Answered>;
  token(user: string): Promise<string>;
  /** Enrols the user; gives the signature for a step, counted from now. */
  enrol(user: string): Promise<(step?: -1 | 0 | 1) => { pin: string; totp: string }>;
  /** The metric line of the request with that id. */
  metric(requestId: string): Record<string, unknown> | undefined;
  stop(): Promise<void>;
}

/** Starts it with v2 off. About three seconds. */
export async function startApi(
  changes: Record<string, string> = {},
  replaced: Partial<Dependencies> = {},
): Promise<TestApi> {
  const postgres = await startPostgres();
  const directory = mkdtempSync(join(tmpdir(), "part-lens-api-"));
  const keys = await generateKeyPair("EdDSA", { extractable: true });
  const variables = { ...(await variablesOf(directory, postgres, keys.publicKey)), ...changes };
  const lines: string[] = [];
  const made = await createRuntime(readSettings(variables), (line) => lines.push(line));
  const dependencies = { ...made.dependencies, ...replaced };
  const app = createApp(dependencies);
  const token = (user: string) => tokenOf(keys.privateKey, user);

  const ask: TestApi["ask"] = async (path, { as, body, method, headers = {} } = {}) => {
    const sent: Record<string, string> = { ...headers };
    if (as) sent.authorization = `Bearer ${await token(typeof as === "string" ? as : userId(...as))}`;
    if (body !== undefined) sent["content-type"] ??= "application/json";
    const answer = await app.request(path, {
      headers: sent,
      ...(body !== undefined && {
        method: "POST",
        body: typeof body === "string" ? body : JSON.stringify(body),
      }),
      ...(method && { method }),
    });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, text, body: JSON.parse(text) };
  };

  const api: TestApi = {
    postgres,
    variables,
    dependencies,
    lines,
    ask,
    token,
    setFlags: (flags) => writeFlags(directory, flags),
    execute: (prefix, member, action, payload, idempotency_key) =>
      ask(`${prefix}/actions/execute`, {
        as: member,
        body: { action, context: { yacht_id: yachts[member[0]] }, payload, idempotency_key },
      }),
    enrol: (user) => enrolled(postgres, variables.SIGNER_KEY_FILE ?? "", user),
    metric: (requestId) => lines.map((line) => JSON.parse(line)).find((line) => line.requestId === requestId),
    stop: async () => {
      await made.close();
      await postgres.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
  api.setFlags({ cohort: [] });
  return api;
}

async function variablesOf(directory: string, postgres: TestPostgres, key: CryptoKey) {
  const jwks = join(directory, "jwks.json");
  writeFileSync(jwks, JSON.stringify({ keys: [{ ...(await exportJWK(key)), kid: "k1", alg: "EdDSA" }] }));
  const signerKey = join(directory, "signer.key");
  writeFileSync(signerKey, randomBytes(32).toString("base64"));
  return {
    ...postgres.environment,
    STACK_ENVIRONMENT: "local",
    CODE_VERSION: "code-under-test",
    MIGRATION_HASH: "migration-under-test",
    MASTER_HOST: postgres.master.host,
    MASTER_PORT: String(postgres.master.port),
    MASTER_DATABASE: postgres.master.database,
    DATABASE_POOL_MAX: "8",
    JWT_ISSUER: "https://issuer.test",
    JWT_AUDIENCE: "part-lens",
    JWKS: pathToFileURL(jwks).href,
    FLAG_DOCUMENT: "app/rollout/flags",
    KILL_SWITCH: "app/kill-switch/cap",
    FLAG_POLL_SECONDS: "0",
    SIGNER_KEY: "arn:aws:kms:eu-west-1:000000000000:key/none",
    SIGNER_KEY_FILE: signerKey,
    BUCKETS: JSON.stringify({
      "pms-part-photos": "photos",
      "pms-receiving-images": "images",
      "pms-label-pdfs": "labels",
    }),
    SESSION_ROLE: "arn:aws:iam::000000000000:role/session",
    // What hangs is a 504; what a loaded machine takes is not.
    DEADLINE_MILLISECONDS: "120000",
    AWS_REGION: "eu-west-1",
    APPCONFIG_DIRECTORY: directory,
  };
}

function tokenOf(key: CryptoKey, user: string): Promise<string> {
  const claims = {
    iss: "https://issuer.test",
    aud: "part-lens",
    sub: user,
    exp: Math.floor(Date.now() / 1000) + 600,
  };
  return new SignJWT(claims).setProtectedHeader({ alg: "EdDSA", kid: "k1" }).sign(key);
}

function writeFlags(directory: string, { stage, cohort, cap = 100 }: Flags): void {
  const named = stage ?? (cohort.length > 0 ? "ramp-50" : "off");
  const listed = cohort.map((name) => yachts[name]);
  const files = {
    "app/rollout/flags": rolloutDocument({ stage: named, cohort: listed, holdOuts: [] }),
    "app/kill-switch/cap": capDocument(cap),
  };
  for (const [name, content] of Object.entries(files)) {
    const path = join(directory, name);
    mkdirSync(dirname(path), { recursive: true });
    const aside = `${path}.${randomUUID()}`;
    writeFileSync(aside, content);
    renameSync(aside, path);
  }
}

async function enrolled(postgres: TestPostgres, keyFile: string, user: string) {
  const secret = new Secret({ size: 20 });
  const signer = await enrolSigner(keyFileSealer(keyFile), { userId: user, pin, totpSecret: secret.base32 });
  const migrator = await postgres.client("part_lens_migrator", postgres.master);
  const values = [user, signer.pin_hash, signer.totp_sealed];
  await migrator.query("select part_lens.enrol_signer($1, $2, $3)", values);
  const totp = new TOTP({ secret });
  return (step: -1 | 0 | 1 = 0) => ({
    pin,
    totp: totp.generate({ timestamp: Date.now() + step * 30_000 }),
  });
}
