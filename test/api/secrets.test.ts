/** A signed flow from enrolment to lock-out; then everything that it left anywhere is searched for its secrets. */
import { type TOTP, URI } from "otpauth";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { DatabaseTarget } from "../../api/database/connection.ts";
import { userId, yachts } from "../support/fleet.ts";
import { secretPattern } from "../support/secret-pattern.ts";
import { emptyStore } from "./empty-store.ts";
import { type Answered, startApi, type TestApi } from "./harness.ts";

const member = ["aurora", "captain"] as const;
const pin = "739154";
const wrongPin = "314159265358";

let api: TestApi;
/** What must be nowhere, by what it is. */
const secrets = new Map<string, string>();
const answers: Answered[] = [];
const printed: string[] = [];

/** What a process writes beside its log. */
function listen(): void {
  for (const stream of [process.stdout, process.stderr]) {
    const write = stream.write.bind(stream);
    stream.write = ((text: string | Uint8Array, ...more: []) => {
      printed.push(String(text));
      return write(text, ...more);
    }) as typeof stream.write;
  }
}

async function adjust(
  signature: { pin: string; totp: string } | undefined,
  prefix: "/v2" | "",
  key?: string,
) {
  const part_id = api.postgres.partIds.aurora["P-1"];
  if (signature) secrets.set(`code ${signature.totp}`, signature.totp);
  const payload = { part_id, new_quantity: 7, reason: "count", ...(signature && { signature }) };
  const answered = await api.execute(prefix, member, "adjust_stock_quantity", payload, key);
  answers.push(answered);
  return answered.body.code ?? answered.body.status;
}

beforeAll(async () => {
  // A step of 30 s may not end in the middle of the flow.
  vi.useFakeTimers({ toFake: ["Date"] });
  listen();
  api = await startApi({}, { store: emptyStore });
  api.setFlags({ cohort: ["aurora"] });
  const token = await api.token(userId(...member));
  secrets.set("PIN", pin).set("wrong PIN", wrongPin);
  // Each request makes a token of its own; the head and payload are the same in all, the first signature is kept.
  secrets.set("token", token).set("token's payload", token.split(".")[1]!);
  const ask = (path: string, body?: object) =>
    api.ask(path, { ...(body && { body }), headers: { authorization: `Bearer ${token}` } });
  answers.push(await ask(`/v1/parts/low-stock?yacht_id=${yachts.aurora}&token=${token.slice(0, 20)}`));
  const sign = await enrolled(ask);

  expect(await adjust(undefined, "/v2")).toBe("signature_required");
  expect(await adjust({ ...sign(-1), pin: "31415926535x" }, "/v2")).toBe("signature_malformed");
  const first = sign();
  expect(await adjust(first, "/v2", "secret-1")).toBe("success");
  expect(await adjust(first, "/v2", "secret-1")).toBe("duplicate_idempotency_key");
  expect(await adjust(first, "/v2")).toBe("signature_rejected");
  await failingDatabase(() => adjust(sign(1), "/v2"));
  api.setFlags({ cohort: [] });
  expect(await adjust(first, "", "secret-2")).toBe("success");
  api.setFlags({ cohort: ["aurora"] });
  for (let tries = 0; tries < 5; tries++) await adjust({ ...sign(), pin: wrongPin }, "/v2");
  expect(await adjust(sign(), "/v2")).toBe("signature_locked");
  vi.useRealTimers();
});
afterAll(() => api.stop());

/** Enrols by the API itself: only the answer to the first request may hold the secret, and it is not kept. */
async function enrolled(ask: (path: string, body?: object) => Promise<Answered>) {
  const { body } = await ask("/v2/signers/enrol", { pin });
  const totp = URI.parse(String(body.otpauth_uri)) as TOTP;
  const { base32, hex } = totp.secret;
  secrets.set("secret", base32).set("secret as hex", hex);
  secrets.set("secret as base64", Buffer.from(hex, "hex").toString("base64"));
  const sign = (step: -1 | 0 | 1 = 0) => ({
    pin,
    totp: totp.generate({ timestamp: Date.now() + step * 30_000 }),
  });
  const code = sign(-1).totp;
  secrets.set(`code ${code}`, code);
  const confirmed = await ask("/v2/signers/confirm", { totp: code });
  expect(confirmed.body).toMatchObject({ status: "success" });
  answers.push(confirmed, await ask("/v2/signers/me"));
  return sign;
}

/** The last step of a signed action fails with an error that nobody expects: the log gets its stack trace. */
async function failingDatabase(task: () => Promise<unknown>): Promise<void> {
  const superuser = await api.postgres.client("postgres", api.postgres.tenants.alpha);
  const table = "part_lens.pms_audit_log";
  await superuser.query(`alter table ${table} add constraint broken check (false) not valid`);
  expect(await task()).toBe("internal_error");
  await superuser.query(`alter table ${table} drop constraint broken`);
}

/** Every row of every table as text. */
async function rowsOf(target: DatabaseTarget): Promise<string[]> {
  const superuser = await api.postgres.client("postgres", target);
  const query =
    "select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname = 'part_lens'";
  const { rows: tables } = await superuser.query<{ name: string }>(query);
  const perTable = [];
  for (const { name } of tables) {
    const { rows } = await superuser.query<{ row: string }>(`select found::text as row from ${name} found`);
    perTable.push(...rows.map(({ row }) => `${name} ${row}`));
  }
  return perTable;
}

async function everything(): Promise<Readonly<Record<string, readonly string[]>>> {
  const { master, tenants } = api.postgres;
  const superuser = await api.postgres.client("postgres");
  const sessions = await superuser.query("select query from pg_stat_activity");
  return {
    "the log": api.lines,
    "the answers": answers.map(({ text, headers }) => `${text} ${JSON.stringify([...headers])}`),
    "what was printed": printed,
    "rows of MASTER": await rowsOf(master),
    "rows of the tenants": [...(await rowsOf(tenants.alpha)), ...(await rowsOf(tenants.beta))],
    "PostgreSQL's log": api.postgres.server.log,
    "PostgreSQL's sessions": sessions.rows.map(({ query }) => String(query)),
  };
}

const findings = (places: Readonly<Record<string, readonly string[]>>) =>
  Object.entries(places).flatMap(([place, texts]) =>
    [...secrets]
      .filter(([, secret]) => texts.some((text) => secretPattern(secret).test(text)))
      .map(([name]) => `${name} in ${place}`),
  );

test("nothing that the flow left holds a PIN, a code, the secret or the token", async () => {
  const places = await everything();
  for (const [place, texts] of Object.entries(places)) {
    if (place !== "what was printed") expect(texts.length, place).toBeGreaterThan(0);
  }
  expect(api.lines.some((line) => JSON.parse(line).failure?.includes("broken"))).toBe(true);
  expect([...secrets.keys()].filter((name) => name.startsWith("code")).length).toBeGreaterThan(2);
  expect(findings(places)).toEqual([]);
});

test("the search would find each of them in each place", async () => {
  const places = await everything();
  for (const [name, secret] of secrets) {
    for (const place of Object.keys(places)) {
      const planted = { ...places, [place]: [`{"field":"${secret}"}`] };
      expect(findings(planted)).toContain(`${name} in ${place}`);
    }
  }
});
