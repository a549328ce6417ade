import { describe, expect, it } from "vitest";
import { declaration } from "../../../flags/plan.ts";
import type { DatabaseFindings } from "../../../monitoring/database-checks.ts";
import { judge } from "../../../monitoring/judge.ts";
import type { MetricReader } from "../../../monitoring/metric-reader.ts";
import { declare, declaredDays } from "../../../monitoring/readiness/declare.ts";
import { signOff } from "../../../monitoring/readiness/sign-off.ts";
import type { RolloutEvent } from "../../../monitoring/rollout/event.ts";
import type { LiveView } from "../../../monitoring/rollout/live-view.ts";
import { applied, type RolloutState } from "../../../monitoring/rollout/state.ts";
import type { Decision, Refused } from "../../../monitoring/rollout/verbs/decision.ts";
import { quantileOf } from "../../../monitoring/statistics/quantile.ts";
import { at, liveOf, stamp, stateAt } from "../rollout/live.ts";

const hour = 3_600_000;
const reached = Date.parse(at);
const later = (hours: number) => new Date(reached + hours * hour).toISOString();
/** Seven days, and what is looked at besides. */
const days = 7 * 24 + 0.25;
const caller = { actor: "grace", at: later(days) };
const latencies = Array.from({ length: 2_000 }, (_, index) => 20 + (index % 30));
const clean: DatabaseFindings = {
  ledgerMismatches: { count: 0, examined: 400 },
  orphanedTransactions: { count: 0, examined: 9_000 },
  duplicateKeys: { count: 0, examined: 900 },
  signedWithoutEvidence: { count: 0, examined: 5 },
  drift: { count: 0, examined: 400 },
};

/** Two thousand requests, evenly over the days, and a check of the data every hour. */
function metricsWith(
  counted: Record<string, number> = {},
  silent: (time: number) => boolean = () => false,
): MetricReader {
  return {
    sum: (key, version, from, to) => {
      if (silent(from)) return undefined;
      const whole = (to - from) / (days * hour);
      if (version === "any")
        return key === "integrityBreaks" ? (counted.integrityBreaks ?? 0) * whole : undefined;
      if (version === "v1") return 0;
      return (key === "requests" ? 2_000 : (counted[key] ?? 0)) * whole;
    },
    worstDrift: (from) => (silent(from) ? undefined : (counted.drift ?? 0)),
    quantile: (_, share) =>
      quantileOf(counted.latency ? latencies.map(() => counted.latency as number) : latencies, share),
  };
}

async function declared(
  changes: {
    state?: RolloutState;
    live?: Partial<LiveView>;
    metrics?: MetricReader;
    database?: Partial<DatabaseFindings>;
    at?: string;
  } = {},
) {
  const state = changes.state ?? stateAt("full-100", { last: "pass" });
  const when = changes.at ?? caller.at;
  const window = declaredDays(Date.parse(when));
  const { criteria } = await judge(declaration.name, {
    ...window,
    metrics: changes.metrics ?? metricsWith(),
    database: { findings: async () => ({ ...clean, ...changes.database }) },
  });
  return declare(state, liveOf(state, changes.live), { ...caller, at: when }, { criteria, ...window });
}

const eventsOf = (decision: Decision) => ("events" in decision ? decision.events : []);

describe("declaring production-ready", () => {
  it("records the days and every criterion with its number, and the state holds it", async () => {
    const decision = await declared();
    expect(decision).toMatchObject({ text: expect.stringContaining("9 criteria held from") });
    const [event] = eventsOf(decision);
    expect(event).toMatchObject({ kind: "declared", actor: "grace", from: at, to: caller.at });
    const { criteria } = (event as { details: { criteria: { measure: string; verdict: string }[] } }).details;
    expect(criteria.map(({ measure }) => measure)).toEqual(
      declaration.criteria.map(({ measure }) => measure),
    );
    const state = applied(stateAt("full-100", { last: "pass" }), event as RolloutEvent);
    expect(state.declaration).toEqual({ actor: "grace", at: caller.at, from: at, to: caller.at });
    expect(await declared({ state })).toMatchObject({
      refused: expect.stringContaining("declared already, by grace"),
    });
  });

  it.each<[string, Parameters<typeof declared>[0], RegExp]>([
    ["six days at 100 %", { at: later(6 * 24) }, /7 days of it are not over/],
    ["another stage", { state: stateAt("ramp-50", { last: "pass" }) }, /the rollout is at ramp-50/],
    ["no verdict on the last stage", { state: stateAt("full-100") }, /no verdict yet/],
    [
      "a lock",
      {
        state: stateAt("full-100", { last: "pass", after: [{ kind: "locked", ...stamp, cause: "rlsLeak" }] }),
      },
      /locked since .* rlsLeak/,
    ],
    ["a cap of 0", { live: { cap: 0 } }, /v2 serves 0 %/],
    ["an alarm", { live: { alarms: { slowShare: "ALARM" } } }, /slowShare is in ALARM/],
    [
      "an alarm whose actions somebody has switched off",
      { live: { unarmed: ["rlsLeak", "errorRate"] } },
      /^ {2}rlsLeak, errorRate would do nothing: its actions are off, or it is not there; update the service/m,
    ],
    ["one 5xx", { metrics: metricsWith({ serverErrors: 1 }) }, /serverErrors ≤ 0: fail, 1 in 2000/],
    ["a P95 of 401 ms", { metrics: metricsWith({ latency: 401 }) }, /p95 < 400 ms: fail, 401/],
    ["timeouts of 1 %", { metrics: metricsWith({ timeouts: 20 }) }, /errorRate < 0\.3 %: fail, 20 of 2000/],
    ["a row leaked", { metrics: metricsWith({ rlsLeak: 1 }) }, /rlsViolations ≤ 0: fail/],
    ["a row refused", { metrics: metricsWith({ rlsRefused: 1 }) }, /rlsViolations ≤ 0: fail/],
    [
      "an unsigned execution",
      { metrics: metricsWith({ unsignedExecutions: 1 }) },
      /unsignedExecutions ≤ 0: fail/,
    ],
    ["a drift of 0.2 %", { database: { drift: { count: 0.002, examined: 400 } } }, /drift < 0\.1 %: fail/],
    [
      "a drift of 0.1 % that reconciliation met and that has been repaired",
      { metrics: metricsWith({ drift: 0.1 }) },
      /worstDrift < 0\.1 %: fail, 0\.001 in 168 examined/,
    ],
    [
      "a break that has been repaired",
      { metrics: metricsWith({ integrityBreaks: 168 }) },
      /integrityBreaks ≤ 0: fail/,
    ],
    [
      "a signed action without evidence",
      { database: { signedWithoutEvidence: { count: 1, examined: 5 } } },
      /signedWithoutEvidence ≤ 0: fail, 1 in 5/,
    ],
    [
      "no signed action at all",
      { database: { signedWithoutEvidence: { count: 0, examined: 0 } } },
      /signedWithoutEvidence ≤ 0: inconclusive, no data/,
    ],
    [
      "an hour without any check",
      { metrics: metricsWith({}, (time) => time >= reached + 50 * hour && time < reached + 52 * hour) },
      /integrityBreaks ≤ 0: inconclusive/,
    ],
    [
      "half an hour without a request",
      { metrics: metricsWith({}, (time) => time >= reached + 50.25 * hour && time < reached + 50.75 * hour) },
      /nothing was counted for/,
    ],
    ["no data", { metrics: metricsWith({}, () => true) }, /serverErrors ≤ 0: inconclusive, no data/],
  ])("is refused with %s", async (_, changes, text) => {
    const decision = await declared(changes);
    expect((decision as { refused: string }).refused).toMatch(text);
  });

  it("holds where a place rounds the window to whole minutes and leaves out the last, as in AWS", async () => {
    const { from, to } = declaredDays(Date.parse(caller.at) + 29_500);
    const minute = 60_000;
    const rounded = {
      from: Math.ceil(from / minute) * minute,
      to: Math.floor((to - 10_000) / minute) * minute,
    };
    const database = { findings: async () => clean };
    const { verdict, criteria } = await judge(declaration.name, {
      ...rounded,
      metrics: metricsWith(),
      database,
    });
    expect(criteria.filter((one) => one.verdict !== "pass")).toEqual([]);
    expect(verdict).toBe("pass");
  });

  it("names everything that is missing at once", async () => {
    const { refused, missing } = (await declared({
      metrics: metricsWith({ serverErrors: 3, rlsLeak: 1 }),
      live: { percent: 50 },
    })) as Refused;
    expect(missing).toHaveLength(4);
    expect(refused.split("\n").slice(1)).toEqual(missing?.map((item) => `  ${item}`));
  });

  it("names a lock, a verdict that is missing and days that are not over, all three", async () => {
    const locked = { kind: "locked", ...stamp, cause: "rlsLeak" } as const;
    const { missing } = (await declared({
      state: stateAt("full-100", { after: [locked] }),
      at: later(6 * 24),
    })) as Refused;
    expect(missing).toEqual([
      expect.stringMatching(/locked since .* rlsLeak/),
      expect.stringMatching(/no verdict yet/),
      expect.stringMatching(/7 days of it are not over/),
    ]);
  });

  it("is taken back, with the sign-offs, by whatever moves or locks the rollout", async () => {
    const events = eventsOf(await declared());
    const signed: RolloutEvent = { kind: "signedOff", ...stamp, name: "Ada", role: "owner" };
    const state = [signed, ...events].reduce(applied, stateAt("full-100", { last: "pass" }));
    expect(state).toMatchObject({ signOffs: [{ name: "Ada", role: "owner", at }], declaration: {} });
    for (const event of [
      { kind: "rolledBack", ...stamp, to: "off", cause: "rlsLeak", alsoFiring: [] },
      { kind: "rolledBack", ...stamp, to: "full-100", cause: "asked", alsoFiring: [] },
      { kind: "locked", ...stamp, cause: "rlsLeak" },
    ] satisfies RolloutEvent[])
      expect(applied(state, event)).toMatchObject({ signOffs: [], declaration: undefined });
  });

  it("of a rollout that is not there yet changes nothing, even when it stands in the log", () => {
    const event: RolloutEvent = { kind: "declared", ...stamp, from: later(-1), to: at };
    for (const state of [stateAt("ramp-50", { last: "pass" }), stateAt("full-100", { last: "pass" })])
      expect(applied(state, event).declaration).toBeUndefined();
  });
});

describe("signing off", () => {
  const state = stateAt("full-100");

  it("records name, role and time", () => {
    expect(signOff(state, caller, { name: " Ada Lovelace ", role: "owner" })).toMatchObject({
      events: [{ kind: "signedOff", actor: "grace", at: caller.at, name: "Ada Lovelace", role: "owner" }],
    });
  });

  it.each<[string, RolloutState, object, RegExp]>([
    ["no name", state, { role: "owner" }, /--name and --role/],
    ["no role", state, { name: "Ada", role: " " }, /--name and --role/],
    ["nothing exposed", stateAt("off"), { name: "Ada", role: "owner" }, /nothing to sign off/],
    [
      "the same again",
      applied(state, { kind: "signedOff", ...stamp, name: "Ada", role: "owner" }),
      { name: "Ada", role: "owner" },
      /already/,
    ],
  ])("is refused with %s", (_, from, input, text) => {
    expect((signOff(from, caller, input) as { refused: string }).refused).toMatch(text);
  });
});
