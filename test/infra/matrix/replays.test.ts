import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { play } from "../../../infra/local/matrix/play.ts";
import {
  catalogue,
  expectationOf,
  nameOf,
  type Scenario,
  scenariosOf,
} from "../../../infra/local/matrix/scenarios.ts";
import { replays } from "../../../infra/local/replay/catalogue.ts";
import type { Replay } from "../../../infra/local/replay/replay.ts";
import { ReplayStack } from "../../../infra/local/replay/replay-stack.ts";
import { ReplayStage } from "../../../infra/local/replay/replay-stage.ts";
import { alarmPrefix } from "../../../infra/naming.ts";
import {
  type AlarmKey,
  type AlarmRule,
  alarmKeys,
  alarms,
  type BurnKey,
  burnKeys,
} from "../../../monitoring/alarms.ts";

const directory = mkdtempSync(join(tmpdir(), "part-lens-replays-"));
const seed = "part-lens";
let stack: ReplayStack;

beforeAll(async () => {
  stack = await ReplayStack.open(join(directory, "stack"));
});
afterAll(async () => {
  await stack.close();
  rmSync(directory, { recursive: true, force: true });
});

function stageFor({ fault }: Pick<Scenario, "fault">) {
  return Promise.resolve(new ReplayStage(stack, replays[fault as keyof typeof replays]));
}

const scenarios = scenariosOf(Object.keys(replays)).map(
  (scenario) => [nameOf(scenario), expectationOf(scenario), scenario] as const,
);

describe("a scenario that replays metrics", () => {
  it.each(scenarios)("%s ends as its script says: %s", async (_, __, scenario) => {
    const scored = await play(scenario, { stageFor }, { directory, seed });
    expect(scored.problems).toEqual([]);
    expect(scored.ok).toBe(true);
    if (scored.conditionToDown !== undefined) expect(scored.conditionToDown).toBeLessThan(60);
  });
});

describe("an alarm that never fires", () => {
  const cases = [
    ["rlsLeak", "flapping-alarm", "canary-5"],
    ["rlsRefused", "rls-refused", "canary-5"],
    ["unsignedExecution", "unsigned-executed", "canary-5"],
    ["dataIntegrity", "data-broken", "canary-5"],
    ["serverErrorsFast", "pin-alone", "ramp-50"],
    ["serverErrors", "error-spike", "ramp-50"],
    ["slowShare", "slow-tail", "ramp-50"],
    ["errorRate", "error-rate-4", "ramp-50"],
    ["burnFastLong", "burning", "full-100"],
    ["burnFastShort", "burning", "full-100"],
    ["burnSlowLong", "error-spike", "full-100"],
    ["burnSlowShort", "error-spike", "full-100"],
    ["unavailableAboveControl", "dependency-of-v2", "canary-5"],
    ["functionErrors", "crashing", "canary-5"],
    ["functionThrottles", "throttled", "canary-5"],
    ["gatewayErrors", "gateway-failing", "canary-5"],
  ] as const satisfies readonly (readonly [AlarmKey, keyof typeof replays, Scenario["at"]])[];

  it("is planted for every alarm that rolls back, alone or as half of a pair", () => {
    const rollsBack = alarmKeys.filter((key) => (alarms[key] as AlarmRule).effect !== "alert");
    expect(cases.map(([key]) => key).toSorted()).toEqual(rollsBack.toSorted());
  });

  it.each(cases)("%s is reported: %s at %s is missed", async (key, fault, at) => {
    const [scenario] = scenariosOf([fault], at) as [Scenario];
    const inputs = inputsOf(key);
    stack.aws.alarms.putMetricAlarm({ ...inputs, threshold: 1_000_000 });
    try {
      const scored = await play(scenario, { stageFor }, { directory, seed });
      expect(scored.ok).toBe(false);
      expect(scored.problems.join("\n")).toMatch(/missed|the cause is/);
    } finally {
      stack.aws.alarms.putMetricAlarm(inputs);
    }
  });
});

describe("a pair of burn-rate alarms that never fires", () => {
  const cases = [
    ["burnFast", "burning"],
    ["burnSlow", "error-spike"],
  ] as const satisfies readonly (readonly [BurnKey, keyof typeof replays])[];

  it("is planted for every pair", () => {
    expect(cases.map(([key]) => key)).toEqual(burnKeys);
  });

  it.each(cases)("%s is reported: %s at full-100 is missed", async (key, fault) => {
    const [scenario] = scenariosOf([fault], "full-100") as [Scenario];
    const inputs = inputsOf(key);
    stack.aws.alarms.putCompositeAlarm({ ...inputs, alarmRule: "FALSE" });
    try {
      const scored = await play(scenario, { stageFor }, { directory, seed });
      expect(scored.ok).toBe(false);
      expect(scored.problems.join("\n")).toMatch(/missed|the cause is/);
    } finally {
      stack.aws.alarms.putCompositeAlarm(inputs);
    }
  });
});

describe("a rollback that leaves no whole record", () => {
  it("is reported: nobody took over what the contacts are told, and nothing excuses it", async () => {
    const [scenario] = scenariosOf(["notifications-down"], "canary-5") as [Scenario];
    const { notLeft: _, ...script } = scenario.script;
    const scored = await play({ ...scenario, script }, { stageFor }, { directory, seed });
    expect(scored.problems).toEqual([
      expect.stringMatching(/^the record of the rollback is not whole: no topic has taken over /),
    ]);
    expect(scored.ok).toBe(false);
  });
});

describe("the judge", () => {
  it("is reported when it passes what it must fail", async () => {
    const [scenario] = scenariosOf(["error-rate-1.5"], "canary-5") as [Scenario];
    const script: Replay = { ...replays["error-rate-1.5"], expected: replays.healthy.expected };
    const scored = await play({ ...scenario, script }, { stageFor }, { directory, seed });
    expect(scored).toMatchObject({ ok: false, outcome: "fail" });
  });
});

/** The faults that the rollout must answer, as they were asked for, and where they are played. */
const asked: Readonly<Record<string, readonly string[]>> = {
  "5xx at each stage": ["errors"],
  "slow tail": ["slow-tail", "latency"],
  "slow growth just under the limit": ["slow-growth"],
  "error rate 1.5 %": ["error-rate-1.5", "timeouts-1.5"],
  "error rate 2.5 %": ["error-rate-2.5", "error-rate-4"],
  "error rate above the control's": ["timeouts-0.5", "timeouts-0.5-proven"],
  "error budget burnt too fast": ["burning", "error-spike"],
  "one leaked row": ["rls-leak", "policy-dropped"],
  "a request refused by the database": ["privilege-revoked", "rls-refused"],
  "ledger drift": ["ledger-drift", "data-broken"],
  "orphaned transaction": ["orphaned-transaction"],
  "unsigned adjust": ["unsigned-execution", "unsigned-executed", "unsigned-attempts"],
  "failing storage": [
    "storage-failing",
    "dependency-of-both",
    "dependency-of-v2",
    "dependency-above-control",
  ],
  "no metrics": ["no-metrics"],
  "late metrics": ["late-metrics", "late-errors", "late-leak"],
  "only v1 failing": ["v1-errors"],
  "too little traffic": ["too-little-traffic"],
  "flapping alarm": ["flapping-alarm"],
  "kill switch broken": ["kill-switch-broken", "pin-alone"],
  "pin broken": ["pin-broken", "kill-switch-alone"],
  "AppConfig conflict": ["app-config-conflict", "deployment-running"],
  "poll outage": ["poll-outage"],
  "judge crash in mid-bake": ["judge-crash", "judge-crash-with-errors"],
  "v2 hangs": ["hang"],
  "v2 exits the process": ["exit", "crashing"],
  "v2 runs out of memory": ["out-of-memory"],
  "new alarm still without data": ["new-alarm-without-data"],
  "v1's legitimate unsigned adjusts": ["v1-adjusts"],
  "probes' own refusals": ["probes-refused"],
  "a checkout that raises the stage again": ["checkout-raises"],
  "tenant database down": ["tenant-down", "tenant-of-both-down"],
  "clock skew": ["clock-behind", "clock-ahead"],
  "bad deploy of code": ["bad-deploy"],
  "notification endpoint down": ["notifications-down"],
  "failures without an author": ["throttled", "crashing", "gateway-failing"],
};

describe("the catalogue", () => {
  it.each(Object.entries(asked))("has: %s", (_, names) => {
    for (const name of names) expect(catalogue).toHaveProperty([name]);
  });

  it("plays 5xx at each stage, and both ways down at each stage, while it bakes, in a hold and after the bake", () => {
    expect(scenariosOf(["errors"])).toHaveLength(4);
    for (const name of ["pin-alone", "kill-switch-alone"]) expect(scenariosOf([name])).toHaveLength(4 * 3);
  });

  it("is played whole by this test and by the full matrix, or by the full matrix alone", () => {
    const quick = new Set(scenarios.map(([, , { fault }]) => fault));
    const full = new Set(scenariosOf(Object.keys(catalogue)).map(({ fault }) => fault));
    expect([...full].toSorted()).toEqual(Object.keys(catalogue).toSorted());
    for (const [name, { form }] of Object.entries(catalogue))
      expect(quick.has(name)).toBe(form === "replayed");
  });
});

function inputsOf(key: AlarmKey | BurnKey): object {
  const name = `${alarmPrefix("local")}${key}`;
  const found = stack.resources("service").find(({ inputs }) => (inputs.name ?? inputs.alarmName) === name);
  if (!found) throw new Error(`the program makes no alarm ${name}`);
  return found.inputs;
}

it("says of 1.5 % timeouts at 5 %, which an hour neither proves nor disproves, how much is missing", () => {
  const file = join(directory, "timeouts-1.5-canary-5", "summary.json");
  const { stages } = JSON.parse(readFileSync(file, "utf8"));
  const errorRate = stages[0].numbers.find(({ measure }: { measure: string }) => measure === "errorRate");
  expect(errorRate).toMatchObject({ verdict: "inconclusive", samples: 360 });
  expect(errorRate.reason).toMatch(
    /too few samples to tell; \d+ requests more \([\d.]+ h at 6 a minute\) without a failure .* at this rate about \d+ /,
  );
});

it("leaves the summary of a scenario in a folder of its own", () => {
  const summary = JSON.parse(readFileSync(join(directory, "healthy-canary-5", "summary.json"), "utf8"));
  expect(summary).toMatchObject({ ok: true, fault: "healthy", at: "canary-5" });
});
