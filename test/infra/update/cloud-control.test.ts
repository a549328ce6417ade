/**
 * The verbs of an environment in AWS, by the SDK's own clients, against the local host's AWS endpoint: event log in the
 * evidence bucket, parameters, AppConfig's two planes, alarms, metrics, Lambda and API Gateway. Every verb is asked of a
 * control that has just been opened, as a command is: nothing is remembered but what AWS keeps.
 */
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type Ask, cloudControl } from "../../../infra/update/cloud-control.ts";
import { countText } from "../../../monitoring/count-text.ts";
import { metricNamespace } from "../../../monitoring/metrics.ts";
import type { StackUpdates } from "../../../monitoring/rollout/aws/cloud-place.ts";
import type { ControlRequest } from "../../../monitoring/rollout/control/control-request.ts";
import type { Explanation } from "../../../monitoring/rollout/verbs/explain.ts";
import type { Status } from "../../../monitoring/rollout/verbs/status.ts";
import { CloudStandIn } from "../../support/cloud-stand-in.ts";

const speed = 120;
const patience = 600_000;
const cloud = new CloudStandIn(speed);
/** Nobody updates a stack here. */
const noUpdates: StackUpdates = {
  raise: () => Promise.reject(new Error("no stack update was to be needed")),
  yachts: () => Promise.reject(new Error("no stack was to be needed")),
};
const environment = "local";
const contacts = ["engineering", "escalation", "ops"].map((who) => `${who}@local.part-lens.example`);

/** As a command that was just started. */
const fresh = (stack: StackUpdates = cloud.updatesOfStack): Ask =>
  cloudControl({
    environment,
    stack,
    note: () => undefined,
    now: () => cloud.clock.now(),
    patience: { seconds: 600, pollMilliseconds: 50 },
  });
const ask = (verb: ControlRequest["verb"], rest: Partial<ControlRequest> = {}, stack?: StackUpdates) =>
  fresh(stack)({ verb, actor: "ada", ...rest });
const statusOf = async () => (await ask("status", {}, noUpdates)).data as Status;
const logKeys = async () =>
  (await cloud.stack.aws.objects.list("part-lens-local-evidence-000000000000", "rollout/log/")).map(
    ({ key }) => key,
  );

/** What the contacts' mailboxes got of a rollback for that cause. */
const mailsOf = (cause: string) =>
  cloud.stack.aws.topics.deliveries.filter(
    ({ protocol, subject = "" }) => protocol === "email" && subject.endsWith(`cause ${cause}`),
  );
/** Each of the contacts is told once: who moved it, why, from where to where. */
async function toldOnce(cause: string, subject: string, lines: readonly string[]): Promise<void> {
  await vi.waitFor(() => expect(mailsOf(cause).length).toBeGreaterThanOrEqual(contacts.length), patience / 2);
  const mails = mailsOf(cause);
  expect(mails.map(({ endpoint }) => endpoint).toSorted()).toEqual(contacts);
  for (const mail of mails) {
    expect(mail).toMatchObject({ subject: `Part Lens local: ${subject}, cause ${cause}` });
    expect(mail.error).toBeUndefined();
    expect(mail.message.split("\n")).toEqual(expect.arrayContaining([...lines]));
  }
}

/** Traffic until the status is as wanted. */
async function until(wanted: (status: Status) => boolean): Promise<Status> {
  for (;;) {
    await cloud.send(8);
    const status = await statusOf();
    if (wanted(status)) return status;
  }
}
const isQuiet = ({ alarms }: Status) => alarms.firing.length === 0 && alarms.withoutData.length === 0;

/** Whoever went down, what follows is the same: v1 proven, a message with its receipt, everything collected, a draft. */
async function expectRecord(
  cause: string,
  move: { readonly actor: string; readonly from: string; readonly to: string },
): Promise<void> {
  const { draft, file } = await cloud.incident(cause);
  expect(file.told).toMatchObject([{ way: "control", complete: true, move, receipts: [{ channel: "sns" }] }]);
  expect(file.parts.run).toMatchObject({ cause, move });
  expect(file.parts.run?.steps.at(-1)).toMatchObject({
    step: "proveV1",
    ok: true,
    detail: expect.stringMatching(/^v1 answered 3 times.* \d+ tenants$/),
  });
  expect(file.missing).toEqual({});
  expect(file.parts.exposure).toMatchObject({ stage: move.from });
  const served = file.parts.yachts?.counts.find(({ yacht }) => file.parts.exposure?.cohort?.includes(yacht));
  expect(served?.requests).toBeGreaterThan(0);
  expect(draft).toContain(`- Who: ${move.actor}, from ${move.from} to ${move.to}`);
  const counted = countText(served?.requests ?? 0, "request");
  expect(draft).toContain(`\`${served?.yacht}\`: ${counted} to v2`);
  expect(draft).not.toContain("not delivered");
}

beforeAll(async () => {
  for (const [name, value] of Object.entries(await cloud.up())) vi.stubEnv(name, value);
  cloud.keepAsking();
}, patience);
afterAll(async () => {
  vi.unstubAllEnvs();
  await cloud.close();
}, patience);

describe("the verbs of an environment in AWS", () => {
  it("see it before anything was deployed or recorded, and write nothing", async () => {
    expect(await statusOf()).toMatchObject({ stage: "off", document: "unknown", events: 0, lock: null });
    expect(await logKeys()).toEqual([]);
  });

  it(
    "advance by the record, the stack update, and a look at what is served",
    async () => {
      await until(isQuiet);
      await cloud.stack.update("rollout");
      await until(({ document, percent }) => document === "off" && percent.live === 0);
      const refused = await ask("advance", { traffic: 60 });
      expect(refused).toMatchObject({
        exit: 1,
        text: expect.stringMatching(/canary-5 cannot prove errorRate/),
      });
      expect(await logKeys()).toEqual([]);
      const advanced = await ask("advance", { traffic: 600 });
      expect(advanced).toMatchObject({ exit: 0, text: expect.stringMatching(/live: 5 %/) });
      expect(await cloud.version()).toBe("v2");
      expect(cloud.updates).toEqual(["canary-5"]);
      expect(await logKeys()).toEqual(["rollout/log/00000001.json"]);
      expect(cloud.stack.parameters()["/part-lens/local/rollout/advance"]).toMatch(/"to":"canary-5".*"ada"/);
    },
    patience,
  );

  it(
    "explain what holds the next stage, the databases' own catalogue included",
    async () => {
      const superuser = await cloud.stack.databases.connect("postgres", cloud.service.fleet.tenants[0]!);
      try {
        await superuser.query("grant delete on part_lens.pms_audit_log to part_lens_api");
        const drifted = (await ask("explain", {}, noUpdates)).data as Explanation;
        const of = (what: string) => drifted.requirements.find((one) => one.what === what);
        expect(of("migrations")).toMatchObject({ holds: true });
        expect(of("alarm actions")).toMatchObject({ holds: true });
        expect(of("catalogue")).toMatchObject({ holds: false, text: expect.stringMatching(/\(grants\)/) });
        await superuser.query("revoke delete on part_lens.pms_audit_log from part_lens_api");
      } finally {
        await superuser.end();
      }
      const mended = (await ask("explain", {}, noUpdates)).data as Explanation;
      expect(mended.requirements.find(({ what }) => what === "catalogue")).toMatchObject({ holds: true });
      expect(mended.criteria.map(({ measure }) => measure)).toContain("p95");
    },
    patience,
  );

  it(
    "judge the bake from CloudWatch's metrics, and rise by that proof alone",
    async () => {
      const { bake } = await statusOf();
      const early = await ask("advance", { traffic: 600 });
      expect(early).toMatchObject({ exit: 1, text: expect.stringMatching(/no verdict yet/) });
      await cloud.send(400);
      await cloud.sendUntil(Date.parse(bake?.until ?? "") + 90_000);
      await until(({ deployment }) => deployment === null);
      const risen = await ask("advance", { traffic: 600 });
      expect(risen).toMatchObject({ exit: 0, text: expect.stringMatching(/live: 20 %/) });
      const { verdicts } = await statusOf();
      expect(verdicts).toMatchObject([{ stage: "canary-5", verdict: "pass" }]);
      const judged = JSON.parse((await cloud.entry("judged")) ?? "{}");
      const p95 = judged.details.criteria.find((one: { measure: string }) => one.measure === "p95");
      expect(p95).toMatchObject({ verdict: "pass", limit: 500, query: "p95(latency{v2})" });
      expect(p95.samples).toBeGreaterThan(299);
      expect(p95.interval[0]).toBeLessThanOrEqual(p95.value);
    },
    patience,
  );

  it(
    "let one runner at a time carry it on",
    async () => {
      expect((await ask("lease", { runner: "ci-7" })).exit).toBe(0);
      expect(await ask("lease", { runner: "laptop" })).toMatchObject({ exit: 1 });
      expect((await ask("advance", { traffic: 600 })).text).toMatch(/ci-7 carries the rollout on/);
      expect((await ask("watch", { runner: "ci-7" })).text).toMatch(/bakes until/);
      expect((await ask("unlock", { reason: "killed" }, noUpdates)).exit).toBe(0);
      expect((await statusOf()).lease).toBeNull();
    },
    patience,
  );

  it(
    "go back to the stage before when the judge finds a failed check, without a stack update",
    async () => {
      const { bake } = await statusOf();
      expect((await ask("judge", { actor: "judge" }, noUpdates)).text).toMatch(/bakes until/);
      // Too few for an alarm, and one too many for "zero 5xx".
      const error = {
        namespace: metricNamespace(environment),
        name: "ServerErrors",
        dimensions: { Version: "v2" },
      };
      cloud.stack.aws.metrics.put({ ...error, value: 1, timestamp: cloud.clock.now() });
      await cloud.sendUntil(Date.parse(bake?.until ?? "") + 90_000);
      const down = await ask("judge", { actor: "judge" }, noUpdates);
      expect(down).toMatchObject({ exit: 0, text: expect.stringMatching(/from ramp-20 to canary-5/) });
      const status = await until(({ document }) => document === "canary-5");
      expect(status).toMatchObject({ stage: "canary-5", lock: { cause: "serverErrors", to: "canary-5" } });
      expect(status.percent).toEqual({ planned: 5, live: 5 });
      expect(cloud.updates).toEqual(["canary-5", "ramp-20"]);
      expect((await ask("advance", { traffic: 600 })).text).toMatch(/locked since .* serverErrors/);
      await expectRecord("serverErrors", { actor: "judge", from: "ramp-20", to: "canary-5" });
      await toldOnce("serverErrors", "rolled back to canary-5", [
        "Environment: local",
        "Who: judge",
        "Stage: from ramp-20 to canary-5",
        `At: ${status.lock?.at}`,
      ]);
    },
    patience,
  );

  it(
    "roll back to 0 with nothing but AWS's own calls, and arm again once acknowledged",
    async () => {
      const down = await ask("rollback", { reason: "drill" }, noUpdates);
      expect(down).toMatchObject({ exit: 0, data: { to: "off", cap: 0 } });
      expect(await cloud.version()).toBe("v1");
      const status = await until((seen) => seen.document === "off" && isQuiet(seen));
      expect(status).toMatchObject({ stage: "off", cap: 0, lock: { cause: "drill" } });
      await toldOnce("drill", "rolled back to 0", ["Who: ada", "Stage: from canary-5 to off"]);
      expect((await ask("acknowledge", {}, noUpdates)).text).toMatch(/--reason/);
      expect((await ask("acknowledge", { reason: "a drill" }, noUpdates)).exit).toBe(0);
      expect(await statusOf()).toMatchObject({ cap: 100, lock: null, percent: { planned: 0, live: 0 } });
      await expectRecord("drill", { actor: "ada", from: "canary-5", to: "off" });
    },
    patience,
  );

  it(
    "finish a move whose update failed, and record it once",
    async () => {
      await until((seen) => isQuiet(seen) && seen.deployment === null);
      const broken = { ...cloud.updatesOfStack, raise: () => Promise.reject(new Error("no space left")) };
      const failed = await ask("advance", { traffic: 600 }, broken);
      expect(failed).toMatchObject({ exit: 2, text: expect.stringMatching(/recorded, but .*no space left/) });
      const before = (await logKeys()).length;
      const finished = await ask("advance", { traffic: 600 });
      expect(finished).toMatchObject({ exit: 0, text: expect.stringMatching(/finished; live: 5 %/) });
      expect(await logKeys()).toHaveLength(before);
    },
    patience,
  );

  it(
    "record what an alarm did by the rollback function, as the judge does every minute",
    async () => {
      // No monitor of AppConfig's, which at this speed would be at 0 before the function has asked who is served.
      const unsigned = { name: "UnsignedExecutions", dimensions: { Version: "v2" } };
      const namespace = metricNamespace(environment);
      cloud.stack.aws.metrics.put({ ...unsigned, namespace, value: 1, timestamp: cloud.clock.now() });
      await until(({ cap }) => cap === 0);
      await ask("judge", { actor: "judge" }, noUpdates);
      const status = await until((seen) => seen.stage === "off");
      expect(status).toMatchObject({ lock: { cause: "unsignedExecution", to: "off" }, cap: 0 });
      const { file } = await cloud.incident("unsignedExecution");
      expect(file.told.map(({ way }) => way)).toContain("killSwitch");
      expect(file.parts.run).toMatchObject({
        way: "killSwitch",
        message: { NewStateReason: expect.any(String) },
      });
      expect(file.told.map(({ way }) => way)).not.toContain("control");
    },
    patience,
  );

  it("have told nobody twice", () => {
    expect([mailsOf("serverErrors"), mailsOf("drill")].map(({ length }) => length)).toEqual([3, 3]);
  });

  it("are carried out by the judge's own function, with its role's credentials", async () => {
    const invoke = new InvokeCommand({ FunctionName: "part-lens-local-judge", Qualifier: "live" });
    const { FunctionError, Payload } = await new LambdaClient({}).send(invoke);
    expect([FunctionError, Payload?.transformToString()]).toEqual([
      undefined,
      expect.stringMatching(/locked since/),
    ]);
  });
});
