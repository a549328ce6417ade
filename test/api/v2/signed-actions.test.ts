import { createHash } from "node:crypto";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type Role, userId, type YachtName } from "../../support/fleet.ts";
import { secretPattern } from "../../support/secret-pattern.ts";
import { stillClock } from "../../support/still-clock.ts";
import { type Answered, pin, startApi, type TestApi } from "../harness.ts";

let api: TestApi;
const heard: Answered[] = [];
const spoken = new Set<string>();
const wrongPin = "314159265358";

stillClock();
beforeAll(async () => {
  api = await startApi();
  api.setFlags({ stage: "full-100", cohort: ["aurora", "borealis", "calypso"] });
});
afterAll(() => api.stop());

type Member = readonly [YachtName, Role];

async function adjust(
  member: Member,
  signature: { pin: string; totp: string } | undefined,
  newQuantity = 7,
  key?: string,
) {
  const part_id = api.postgres.partIds[member[0]]["P-1"];
  if (signature) spoken.add(signature.pin).add(`"${signature.totp}"`);
  const payload = { part_id, new_quantity: newQuantity, reason: "count", ...(signature && { signature }) };
  const answered = await api.execute("/v2", member, "adjust_stock_quantity", payload, key);
  heard.push(answered);
  return answered;
}

const metricOf = (answered: Answered) => api.metric(answered.headers.get("x-request-id") ?? "");
const outcome = (answered: Answered) => [answered.status, answered.body.code ?? answered.body.status];

async function auditOf(executionId: unknown) {
  const auditor = await api.postgres.client("part_lens_auditor", api.postgres.tenants.alpha);
  const query = "select * from part_lens.pms_audit_log where execution_id = $1";
  return (await auditor.query(query, [executionId])).rows[0];
}

test("with PIN and code the level is set, and the audit log keeps evidence but neither of the two", async () => {
  const member = ["aurora", "captain"] as const;
  const signature = (await api.enrol(userId(...member)))();
  const answered = await adjust(member, signature);
  expect(answered.body).toMatchObject({ old_quantity: 10, new_quantity: 7, adjustment: -3, is_signed: true });

  const part_id = api.postgres.partIds.aurora["P-1"];
  const canonical = `{"new_quantity":7,"part_id":"${part_id}","reason":"count"}`;
  const entry = await auditOf(answered.body.execution_id);
  expect(entry.signature).toEqual({
    verified: true,
    method: "pin+totp",
    step: expect.any(Number),
    verified_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    role: "captain",
    payload_sha256: createHash("sha256").update(canonical).digest("hex"),
  });
  expect(JSON.stringify(entry)).not.toMatch(secretPattern(signature.totp));
  expect(JSON.stringify(entry)).not.toContain(pin);
  expect(metricOf(answered)).toMatchObject({ UnsignedAttempts: 0, UnsignedExecutions: 0, ServerErrors: 0 });
});

test("a code is good once: used again it is refused, also by requests that come together", async () => {
  const member = ["aurora", "manager"] as const;
  const sign = await api.enrol(userId(...member));
  const together = await Promise.all([1, 2, 3].map((level) => adjust(member, sign(), level)));
  expect(together.map((each) => each.status).sort()).toEqual([200, 403, 403]);
  expect(outcome(await adjust(member, sign()))).toEqual([403, "signature_rejected"]);
  expect(outcome(await adjust(member, sign(1)))).toEqual([200, "success"]);
});

test.each([
  ["a wrong PIN with the right code", { pin: wrongPin }],
  ["the right PIN with a wrong code", { totp: "000000" }],
])("%s is refused, and changes nothing", async (_, wrong) => {
  const member = ["borealis", "captain"] as const;
  const sign = await api.enrol(userId(...member));
  expect(outcome(await adjust(member, { ...sign(), ...wrong }))).toEqual([403, "signature_rejected"]);
  const view = await api.execute("/v2", member, "view_part_details", {
    part_id: api.postgres.partIds.borealis["P-1"],
  });
  expect(view.body.part).toMatchObject({ on_hand: 10 });
});

test("who is not enrolled cannot sign", async () => {
  const answered = await adjust(["calypso", "manager"], { pin, totp: "123456" });
  expect(outcome(answered)).toEqual([403, "signature_rejected"]);
});

test("five wrong tries lock out, and the right signature is then refused with a time to come back", async () => {
  vi.useRealTimers();
  const member = ["calypso", "captain"] as const;
  const sign = await api.enrol(userId(...member));
  for (let tries = 0; tries < 5; tries++) {
    expect(outcome(await adjust(member, { ...sign(), pin: wrongPin }))).toEqual([403, "signature_rejected"]);
  }
  const locked = await adjust(member, sign());
  expect(outcome(locked)).toEqual([429, "signature_locked"]);
  const seconds = Number(locked.headers.get("retry-after"));
  expect(seconds).toBeGreaterThan(800);
  expect(seconds).toBeLessThanOrEqual(900);
});

test("guesses made side by side are bounded like guesses made one by one", async () => {
  const member = ["calypso", "chief_engineer"] as const;
  const sign = await api.enrol(userId(...member));
  await Promise.all([..."12345678"].map((digit) => adjust(member, { ...sign(), pin: digit.repeat(12) })));
  expect(outcome(await adjust(member, sign()))).toEqual([429, "signature_locked"]);
});

test("an attempt without signature is counted, an executed one would be counted as such", async () => {
  const attempt = await adjust(["aurora", "chief_engineer"], undefined);
  expect(outcome(attempt)).toEqual([400, "signature_required"]);
  expect(metricOf(attempt)).toMatchObject({ UnsignedAttempts: 1, UnsignedExecutions: 0, ServerErrors: 0 });
});

test("a signed request repeated after its answer was lost learns the first result, with the same code", async () => {
  const member = ["borealis", "manager"] as const;
  const signature = (await api.enrol(userId(...member)))();
  const first = await adjust(member, signature, 6, "lost-answer");
  const again = await adjust(member, signature, 6, "lost-answer");
  expect(outcome(first)).toEqual([200, "success"]);
  expect(outcome(again)).toEqual([409, "duplicate_idempotency_key"]);
  expect(again.body.result).toMatchObject({ execution_id: first.body.execution_id, new_quantity: 6 });
});

test("no PIN, code, secret or token is in any line of the log or any answer", async () => {
  const token = await api.token(userId("aurora", "captain"));
  const written = [...api.lines, ...heard.map((answered) => answered.text)].join("\n");
  expect(api.lines.length).toBeGreaterThan(10);
  expect(spoken.size).toBeGreaterThan(10);
  const secrets = [...spoken, token.slice(-40), "$argon2", "key-file."];
  expect(secrets.filter((secret) => written.includes(secret))).toEqual([]);
});
