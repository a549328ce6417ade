import { Secret, type TOTP, URI } from "otpauth";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type Role, userId, type YachtName } from "../../support/fleet.ts";
import { secretPattern } from "../../support/secret-pattern.ts";
import { stillClock } from "../../support/still-clock.ts";
import { type Answered, startApi, type TestApi } from "../harness.ts";

let api: TestApi;
const newPin = "804726";
const otherPin = "592614";
const secrets: string[] = [];
/** Every answer but those that tell the secret once. */
const heard: Answered[] = [];

stillClock();
beforeAll(async () => {
  api = await startApi();
  api.setFlags({ stage: "full-100", cohort: ["aurora", "borealis", "calypso"] });
});
afterAll(() => api.stop());

type Member = readonly [YachtName, Role];
type Sign = (step?: -1 | 0 | 1) => { pin: string; totp: string };

const me = (as: Member | string) => api.ask("/v2/signers/me", { as });
const outcome = ({ status, body }: Answered) => [status, body.code ?? body.status];

async function enrol(as: Member | string, body: object): Promise<Answered> {
  const answered = await api.ask("/v2/signers/enrol", { as, body });
  if (answered.status !== 200) heard.push(answered);
  return answered;
}

async function confirm(as: Member | string, totp: string): Promise<Answered> {
  const answered = await api.ask("/v2/signers/confirm", { as, body: { totp } });
  heard.push(answered);
  return answered;
}

/** What the authenticator app does with the URI. */
function app(started: Answered): (step?: -1 | 0 | 1) => string {
  const totp = URI.parse(String(started.body.otpauth_uri)) as TOTP;
  secrets.push(totp.secret.base32);
  return (step = 0) => totp.generate({ timestamp: Date.now() + step * 30_000 });
}

async function enrolled(member: Member, pin = newPin): Promise<Sign> {
  const code = app(await enrol(member, { pin }));
  expect((await confirm(member, code(-1))).status).toBe(200);
  return (step = 0) => ({ pin, totp: code(step) });
}

async function adjust(member: Member, signature: { pin: string; totp: string }) {
  const part_id = api.postgres.partIds[member[0]]["P-1"];
  const payload = { part_id, new_quantity: 8, reason: "count", signature };
  const answered = await api.execute("/v2", member, "adjust_stock_quantity", payload);
  heard.push(answered);
  return answered;
}

test("a user enrols with a PIN, confirms with the app's first code, and may sign from then on", async () => {
  const member = ["aurora", "captain"] as const;
  expect((await me(member)).body).toMatchObject({ enrolled: false, pending: false, locked_until: null });
  const started = await enrol(member, { pin: newPin });
  expect(started.body).toMatchObject({
    status: "success",
    action: "enrol_signer",
    otpauth_uri: expect.stringMatching(/^otpauth:\/\/totp\/Part%20Lens:.*secret=[A-Z2-7]{32}/),
    expires_at: expect.any(String),
  });
  expect(started.headers.get("cache-control")).toBe("no-store");
  const code = app(started);
  expect((await me(member)).body).toMatchObject({ enrolled: false, pending: true });
  expect(outcome(await adjust(member, { pin: newPin, totp: code() }))).toEqual([403, "signature_rejected"]);
  expect((await confirm(member, code())).body).toMatchObject({ enrolled: true, pending: false });
  expect((await me(member)).body).toMatchObject({ enrolled: true, pending: false, locked_until: null });
  expect(outcome(await adjust(member, { pin: newPin, totp: code() }))).toEqual([403, "signature_rejected"]);
  expect(outcome(await adjust(member, { pin: newPin, totp: code(1) }))).toEqual([200, "success"]);
});

test("nothing of an enrolment can be read back: it is a hash and a sealed text", async () => {
  const admin = await api.postgres.client("postgres", api.postgres.master);
  await enrol(["aurora", "eto"], { pin: newPin }).then(app);
  const { rows } = await admin.query(
    "select pin_hash, totp_sealed from part_lens.signers union all select pin_hash, totp_sealed from part_lens.signer_enrolments",
  );
  expect(rows.length).toBeGreaterThanOrEqual(2);
  for (const row of rows) {
    expect(row).toEqual({
      pin_hash: expect.stringMatching(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/),
      totp_sealed: expect.stringMatching(/^key-file\./),
    });
  }
});

test("of eight confirmations with one code, sent together, one is accepted and nobody is locked out", async () => {
  const member = ["borealis", "captain"] as const;
  const code = app(await enrol(member, { pin: newPin }));
  const answers = await Promise.all(Array.from({ length: 8 }, () => confirm(member, code())));
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409, 409, 409, 409, 409]);
  expect((await me(member)).body).toMatchObject({ enrolled: true, locked_until: null });
});

test("of five signatures with one code, sent together, one is accepted", async () => {
  const member = ["borealis", "chief_engineer"] as const;
  const sign = await enrolled(member);
  const signature = sign();
  // A fifth failure would lock the signer out, and with it the right one, if that were the last to be recorded.
  const answers = await Promise.all(Array.from({ length: 5 }, () => adjust(member, signature)));
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 403, 403, 403, 403]);
});

test("who is enrolled changes it only by signing, and the old enrolment signs until the new one is confirmed", async () => {
  const member = ["aurora", "manager"] as const;
  const old = await enrolled(member);
  expect(outcome(await enrol(member, { pin: otherPin }))).toEqual([400, "signature_required"]);
  const wrong = { ...old(), pin: otherPin };
  expect(outcome(await enrol(member, { pin: otherPin, signature: wrong }))).toEqual([
    403,
    "signature_rejected",
  ]);
  const code = app(await enrol(member, { pin: otherPin, signature: old() }));
  expect(outcome(await adjust(member, old(1)))).toEqual([200, "success"]);
  expect(outcome(await confirm(member, code()))).toEqual([200, "success"]);
  expect(outcome(await adjust(member, old(1)))).toEqual([403, "signature_rejected"]);
  expect((await me(member)).body).toMatchObject({ enrolled: true, pending: false });
});

test("five wrong codes lock the confirmation out with the time to wait, of a first enrolment too", async () => {
  vi.useRealTimers();
  const member = ["calypso", "captain"] as const;
  const code = app(await enrol(member, { pin: newPin }));
  const right = code();
  const wrong = right === "000000" ? "000001" : "000000";
  const answers: Answered[] = [];
  for (let tries = 0; tries < 5; tries++) answers.push(await confirm(member, wrong));
  expect(answers.slice(0, 4).map(outcome)).toEqual(Array(4).fill([403, "signature_rejected"]));
  for (const locked of [answers[4]!, await confirm(member, right), await enrol(member, { pin: newPin })]) {
    expect(outcome(locked)).toEqual([429, "signature_locked"]);
    expect(Number(locked.headers.get("retry-after"))).toBeGreaterThan(880);
    expect(Number(locked.headers.get("retry-after"))).toBeLessThanOrEqual(900);
  }
  const { body } = await me(member);
  expect(body).toMatchObject({ enrolled: false, pending: true, locked_until: expect.any(String) });
});

test("the lock-out is one with that of signatures, whichever way it came", async () => {
  const member = ["calypso", "manager"] as const;
  const sign = await enrolled(member);
  for (let tries = 0; tries < 3; tries++) await adjust(member, { ...sign(), pin: otherPin });
  for (let tries = 0; tries < 2; tries++)
    await enrol(member, { pin: otherPin, signature: { ...sign(), pin: otherPin } });
  expect(outcome(await adjust(member, sign(1)))).toEqual([429, "signature_locked"]);
  const asked = await enrol(member, { pin: otherPin, signature: sign(1) });
  expect(outcome(asked)).toEqual([429, "signature_locked"]);
});

test("a start that was overtaken, or that comes from before another enrolment, confirms nothing", async () => {
  const member = ["aurora", "bosun"] as const;
  const first = app(await enrol(member, { pin: newPin }));
  const second = app(await enrol(member, { pin: otherPin }));
  expect((await confirm(member, first())).status).toBe(403);
  await api.enrol(userId(...member));
  expect(outcome(await confirm(member, second()))).toEqual([409, "enrolment_not_pending"]);
});

test.each([
  ["without a token", undefined, { pin: newPin }, 401, "unauthenticated"],
  ["by a member of no yacht", "d0000000-0000-4000-8000-000000000001", { pin: newPin }, 403, "no_membership"],
  ["with a PIN of five digits", ["aurora", "deckhand"], { pin: "80472" }, 400, "invalid_payload"],
  ["with a PIN that is a number", ["aurora", "deckhand"], { pin: 804726 }, 400, "invalid_payload"],
  ["with a PIN of one digit repeated", ["aurora", "deckhand"], { pin: "777777" }, 400, "invalid_payload"],
  ["with a PIN that counts up", ["aurora", "deckhand"], { pin: "123456" }, 400, "invalid_payload"],
  [
    "with a field that is not known",
    ["aurora", "deckhand"],
    { pin: newPin, user_id: "x" },
    400,
    "invalid_payload",
  ],
] as const)("an enrolment %s is refused", async (_, as, body, status, code) => {
  const answered = await api.ask("/v2/signers/enrol", { ...(as && { as }), body });
  expect(outcome(answered)).toEqual([status, code]);
  expect(answered.body.request_id).toMatch(/^[A-Za-z0-9-]{8,64}$/);
});

test("a confirmation without a start is refused, and so is one that is no code", async () => {
  const member = ["borealis", "purser"] as const;
  expect(outcome(await confirm(member, "123456"))).toEqual([409, "enrolment_not_pending"]);
  expect(outcome(await confirm(member, "12345"))).toEqual([400, "invalid_payload"]);
  expect(outcome(await me("d0000000-0000-4000-8000-000000000001"))).toEqual([403, "no_membership"]);
});

test("no PIN, secret or code stands in any log line or in any answer but the one that tells the secret", () => {
  const spoken = [newPin, otherPin, ...secrets, ...secrets.map((secret) => Secret.fromBase32(secret).hex)];
  const written = [...api.lines, ...heard.map(({ text }) => text)].join("\n");
  expect(secrets.length).toBeGreaterThan(5);
  expect(heard.length).toBeGreaterThan(20);
  for (const secret of spoken) expect(written).not.toMatch(secretPattern(secret));
});
