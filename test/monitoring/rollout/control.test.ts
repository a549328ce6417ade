import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { stageNames, stageOf } from "../../../flags/plan.ts";
import { approvalsOf } from "../../../monitoring/rollout/approvals.ts";
import type { RolloutEvent } from "../../../monitoring/rollout/event.ts";
import type { AlarmState, LiveView } from "../../../monitoring/rollout/live-view.ts";
import {
  applied,
  initialStateOf,
  mayAdvance,
  nextStage,
  type RolloutState,
  replay,
} from "../../../monitoring/rollout/state.ts";
import { nextStep, type WatchInputs } from "../../../monitoring/rollout/verbs/watch.ts";
import { at, liveOf, stamp, stateAt } from "./live.ts";

const stage = fc.constantFrom(...stageNames);
const runner = fc.constantFrom("ci-7", "laptop");
const base = { at: fc.constant(at), actor: fc.constantFrom("ada", "grace") };
const reason = fc.constant("because");
const often = (weight: number, arbitrary: fc.Arbitrary<unknown>) => ({
  weight,
  arbitrary: arbitrary as fc.Arbitrary<RolloutEvent>,
});
const event = (kind: RolloutEvent["kind"], rest: Record<string, fc.Arbitrary<unknown>> = {}) =>
  fc.record({ kind: fc.constant(kind), ...base, ...rest });
const verdict = fc.constantFrom("pass", "pass", "fail", "inconclusive");
const anyEvent = fc.oneof(
  often(
    4,
    event("advanced", {
      to: stage,
      cohort: fc.constant(["a"]),
      runner: fc.option(runner, { nil: undefined }),
    }),
  ),
  often(4, event("judged", { stage, verdict })),
  often(3, event("approved", { stage })),
  often(1, event("rolledBack", { to: stage, cause: reason, alsoFiring: fc.constant([]) })),
  often(1, event("locked", { cause: reason })),
  often(2, event("acknowledged", { reason })),
  often(1, event("held", { reason })),
  often(2, event("resumed")),
  often(1, event("leased", { runner })),
  often(2, event("released", { runner })),
  often(1, event("unlocked", { reason })),
);

/** What a rollout ordinarily does: without it, random events would hardly ever get anywhere. */
const usual = fc.constantFrom("approve" as const, "advance" as const, "advance" as const, "pass" as const);
const steps = fc.array(fc.oneof({ weight: 3, arbitrary: usual }, { weight: 2, arbitrary: anyEvent }), {
  maxLength: 60,
});
const environment = fc.constantFrom("local", "staging", "prod", "unheard-of");
const alarm = mostly<AlarmState>("OK", "ALARM", "INSUFFICIENT_DATA");
const cap = mostly<number | null>(100, 0, null);

/** A log in that environment: the usual steps are made to fit where the rollout is by then. */
const logIn = (where: string) =>
  steps.map((all) => {
    let state = initialStateOf(where);
    return all.map((step) => {
      const event = typeof step === "string" ? usualEvent(step, state) : step;
      state = applied(state, event);
      return event;
    });
  });

function usualEvent(step: "approve" | "advance" | "pass", state: RolloutState): RolloutEvent {
  const next = nextStage(state) ?? "full-100";
  if (step === "approve") return { kind: "approved", ...stamp, stage: next };
  if (step === "pass") return { kind: "judged", ...stamp, stage: state.stage, verdict: "pass" };
  return { kind: "advanced", ...stamp, to: next, cohort: ["a"], runner: state.lease?.runner };
}

const placeAndLog = environment.chain((where) => fc.tuple(fc.constant(where), logIn(where)));
const log = logIn("local");

/** The ordinary value nine times in ten. */
function mostly<T>(ordinary: T, ...others: readonly T[]): fc.Arbitrary<T> {
  const rest = { weight: 1, arbitrary: fc.constantFrom(...others) };
  return fc.oneof({ weight: 9, arbitrary: fc.constant(ordinary) }, rest);
}

/** Locks as the rollback function writes them, and as somebody does whom nothing keeps from it. */
const byHand = { locked: true, cause: "x", at, to: "off" } as const;
const byFunction = { ...byHand, by: "killSwitch-rlsLeak-20261123T120000000Z" } as const;
const found = (origin: string) => ({ do: "record", origin });

const anyLive = fc.record({
  documentStage: mostly<string | undefined>(undefined, ...stageNames, "unknown"),
  cap,
  alarms: fc.record({ serverErrors: alarm, slowShare: alarm }),
  locked: mostly(false, true),
  deploying: mostly(false, true),
});

describe("the rollout's control", () => {
  it("is raised by no order of events past a lock, a hold, a check, a lease or a missing approval, or twice", () => {
    let rises = 0;
    fc.assert(
      fc.property(placeAndLog, ([where, events]) => {
        let state = initialStateOf(where);
        for (const event of events) {
          const next = applied(state, event);
          if (next.percent > state.percent && event.kind === "advanced") {
            rises++;
            expect(state.lock ?? state.hold).toBeUndefined();
            if (state.stage !== "off") expect(state.verdict).toBe("pass");
            if (state.lease) expect(event.runner).toBe(state.lease.runner);
            if (approvalsOf(where).includes(next.stage)) {
              expect(state.approvals.map((approval) => approval.stage)).toContain(next.stage);
            }
            expect(next).toMatchObject({ verdict: undefined, approvals: [] });
            // The same move once more changes nothing.
            expect(applied(next, event)).toMatchObject({ stage: next.stage, percent: next.percent });
          } else expect(next.percent).toBeLessThanOrEqual(state.percent);
          state = next;
        }
      }),
      { numRuns: 1000 },
    );
    expect(rises).toBeGreaterThan(100);
  });

  it("reaches 0 by one rollback from any state, in any environment, held, leased or waiting", () => {
    fc.assert(
      fc.property(placeAndLog, ([where, events]) => {
        const down: RolloutEvent = { kind: "rolledBack", ...stamp, to: "off", cause: "x", alsoFiring: [] };
        const state = applied(replay(events, initialStateOf(where)), down);
        expect(state).toMatchObject({
          stage: "off",
          percent: 0,
          cohort: [],
          approvals: [],
          lock: { to: "off" },
        });
        expect(mayAdvance(state, "canary-5")).toBeDefined();
      }),
    );
  });

  it("is the same for the same log, read at once or in parts", () => {
    fc.assert(
      fc.property(environment, log, log, (where, first, second) => {
        const whole = replay([...first, ...second], initialStateOf(where));
        expect(replay(second, replay(first, initialStateOf(where)))).toEqual(whole);
      }),
    );
  });

  it("asks for every approval in an environment that nobody has named", () => {
    expect(approvalsOf("unheard-of")).toEqual(stageNames.slice(1));
    expect(approvalsOf("toString")).toEqual(stageNames.slice(1));
  });

  it("gives the lease to one runner at a time", () => {
    const leased = (name: string): RolloutEvent => ({ kind: "leased", ...stamp, runner: name });
    const events = [leased("ci-7"), leased("laptop")];
    expect(replay(events).lease?.runner).toBe("ci-7");
    expect(replay([...events, { kind: "released", ...stamp, runner: "laptop" }]).lease?.runner).toBe("ci-7");
    expect(replay([...events, { kind: "released", ...stamp, runner: "ci-7" }]).lease).toBeUndefined();
  });
});

describe("the runner's next step", () => {
  const inputsOf = (
    state: ReturnType<typeof stateAt>,
    changes: Partial<WatchInputs> = {},
    live: Partial<LiveView> = {},
  ): WatchInputs => ({
    state,
    live: liveOf(state, live),
    at: "2026-11-23T13:00:00.000Z",
    bakeFrom: at,
    judged: true,
    ...changes,
  });

  it("never raises what the log or what is live forbids", () => {
    let raised = 0;
    fc.assert(
      fc.property(placeAndLog, anyLive, fc.boolean(), ([where, events], seen, judged) => {
        const state = replay(events, initialStateOf(where));
        const { locked, deploying, documentStage = state.stage, ...rest } = seen;
        const live = liveOf(state, {
          ...rest,
          documentStage,
          ...(locked && { lock: { locked: true, cause: "x", at, to: "off" } }),
          ...(deploying && { deployment: { number: 1, state: "BAKING", startedAt: at } }),
        });
        const step = nextStep({ ...inputsOf(state), live, judged });
        if (step.do !== "advance") return;
        raised++;
        expect(mayAdvance(state, step.to)).toBeUndefined();
        expect(live).toMatchObject({ cap: 100, documentStage: state.stage, lock: { locked: false } });
        expect(live.deployment).toBeUndefined();
        expect(Object.values(live.alarms)).toEqual(["OK", "OK"]);
        if (state.stage !== "off") expect([judged, state.verdict]).toEqual([true, "pass"]);
      }),
      { numRuns: 2000 },
    );
    expect(raised).toBeGreaterThan(20);
  });

  it("rolls back on a failed check whatever waits: a hold, a lease, an approval, an alarm, the bake", () => {
    fc.assert(
      fc.property(placeAndLog, fc.boolean(), ([where, events], judged) => {
        const before = replay(events, initialStateOf(where));
        fc.pre(before.percent > 0 && !before.lock);
        const state = applied(before, { kind: "judged", ...stamp, stage: before.stage, verdict: "fail" });
        const step = nextStep(inputsOf(state, { judged }, { alarms: { serverErrors: "ALARM" } }));
        expect(step).toMatchObject({ do: "rollback" });
        if (step.do === "rollback") expect(stageOf(step.to).percent).toBeLessThan(state.percent);
      }),
    );
  });

  it("deploys no move but the recorded one, and none past a lock, a hold, a pin or another runner", () => {
    let deployed = 0;
    fc.assert(
      fc.property(placeAndLog, anyLive, runner, ([where, events], seen, own) => {
        const state = replay(events, initialStateOf(where));
        const { locked, deploying, documentStage = "off", ...rest } = seen;
        const live = liveOf(state, {
          ...rest,
          documentStage,
          ...(locked && { lock: { locked: true, cause: "x", at, to: "off" } }),
          ...(deploying && { deployment: { number: 1, state: "BAKING", startedAt: at } }),
        });
        const step = nextStep({ ...inputsOf(state), live, bakeFrom: undefined, runner: own });
        if (step.do !== "deploy") return;
        deployed++;
        expect(step.to).toBe(state.stage);
        expect(live).toMatchObject({ lock: { locked: false } });
        expect([state.lock, state.hold, live.deployment]).toEqual([undefined, undefined, undefined]);
        if (state.lease) expect(state.lease.runner).toBe(own);
      }),
      { numRuns: 1000 },
    );
    expect(deployed).toBeGreaterThan(20);
  });

  it("looks again in every round in which a passed stage waits for its approval", () => {
    const state = stateAt("ramp-50", { environment: "prod", last: "pass" });
    expect(nextStep(inputsOf(state, { judged: false }))).toEqual({ do: "judge" });
    expect(nextStep(inputsOf(state))).toMatchObject({ do: "wait", why: /waits for an approval/ });
  });

  it.each<{ what: string; inputs: WatchInputs; step: object }>([
    {
      what: "waits for the bake",
      inputs: inputsOf(stateAt("canary-5"), { at: "2026-11-23T12:59:59.000Z" }),
      step: { do: "wait", why: /bakes until 2026-11-23T13:00/ },
    },
    {
      what: "counts no bake that nobody watched",
      inputs: inputsOf(stateAt("canary-5"), { bakeFrom: undefined }),
      step: { do: "wait", why: /not live yet/ },
    },
    {
      what: "judges when the bake is over",
      inputs: inputsOf(stateAt("canary-5"), { judged: false }),
      step: { do: "judge" },
    },
    {
      what: "judges sooner in a trial",
      inputs: inputsOf(stateAt("canary-5"), {
        judged: false,
        at: "2026-11-23T12:01:00.000Z",
        bakeMinutes: 1,
      }),
      step: { do: "judge" },
    },
    {
      what: "waits for samples",
      inputs: inputsOf(stateAt("canary-5", { last: "inconclusive" })),
      step: { do: "wait", why: /inconclusive/ },
    },
    {
      what: "rises after a pass",
      inputs: inputsOf(stateAt("canary-5", { last: "pass" })),
      step: { do: "advance", to: "ramp-20" },
    },
    {
      what: "rises from off without a verdict",
      inputs: inputsOf(stateAt("off"), { judged: false }),
      step: { do: "advance", to: "canary-5" },
    },
    {
      what: "goes back to the stage before after a fail",
      inputs: inputsOf(stateAt("ramp-50", { last: "fail" })),
      step: { do: "rollback", to: "ramp-20", cause: "judge" },
    },
    {
      what: "ends after the last stage",
      inputs: inputsOf(stateAt("full-100", { last: "pass" }), { at: "2026-11-24T13:00:00.000Z" }),
      step: { do: "done" },
    },
    {
      what: "stops at a lock",
      inputs: inputsOf(stateAt("ramp-20", { after: [{ kind: "locked", ...stamp, cause: "x" }] })),
      step: { do: "stop", why: /acknowledge/ },
    },
    {
      what: "records a rollback of the kill switch",
      inputs: inputsOf(
        stateAt("ramp-20"),
        {},
        { lock: { ...byFunction, cause: "rlsLeak", alsoFiring: ["serverErrors"] } },
      ),
      step: { do: "record", to: "off", cause: "rlsLeak", alsoFiring: ["serverErrors"], actor: "rollback" },
    },
    {
      what: "records a lock that somebody has set by hand as that, whatever cause it names",
      inputs: inputsOf(stateAt("ramp-20"), {}, { cap: 0, lock: { ...byHand, cause: "rlsLeak" } }),
      step: { ...found("byHand"), to: "off", cause: "rlsLeak", parameter: "lock", alsoFiring: [] },
    },
    {
      what: "records who has set a lock by hand where they say it, and what was in ALARM",
      inputs: inputsOf(
        stateAt("ramp-20"),
        {},
        { alarms: { serverErrors: "OK", slowShare: "ALARM" }, lock: { ...byHand, actor: "grace" } },
      ),
      step: { ...found("byHand"), cause: "x", actor: "grace", alsoFiring: ["slowShare"] },
    },
    {
      what: "records a rollback that the log did not take as whoever did it has left it",
      inputs: inputsOf(
        stateAt("ramp-20"),
        {},
        { lock: { ...byHand, actor: "judge", origin: "failedCheck", to: "canary-5" } },
      ),
      step: { ...found("failedCheck"), to: "canary-5", cause: "x", actor: "judge", at, alsoFiring: [] },
    },
    {
      what: "records a lock whose acknowledgement was cut off as one that was left",
      inputs: inputsOf(
        stateAt("ramp-20", {
          after: [
            { kind: "rolledBack", ...stamp, to: "canary-5", cause: "x", alsoFiring: [] },
            { kind: "acknowledged", ...stamp, reason: "read" },
          ],
        }),
        {},
        { documentStage: "canary-5", lock: { ...byHand, to: "canary-5" } },
      ),
      step: { ...found("lockLeft"), to: "canary-5", cause: "x" },
    },
    {
      what: "records what the pin did",
      inputs: inputsOf(
        stateAt("ramp-20"),
        {},
        { pin: { pinned: true, cause: "slowShare", at, by: "pin-slowShare" } },
      ),
      step: { do: "record", to: "off", cause: "slowShare", actor: "pin" },
    },
    {
      what: "records a pin that its function has not set",
      inputs: inputsOf(stateAt("ramp-20"), {}, { pin: { pinned: true, cause: "slowShare", at } }),
      step: { ...found("byHand"), to: "off", cause: "slowShare", parameter: "pin" },
    },
    {
      what: "records AppConfig's own rollback",
      inputs: inputsOf(
        stateAt("ramp-20"),
        {},
        {
          alarms: { serverErrors: "ALARM", slowShare: "OK" },
          documentStage: "canary-5",
          deployed: { stage: "ramp-20", undone: true },
        },
      ),
      step: {
        ...found("appConfigMonitor"),
        ...{ to: "canary-5", cause: "appConfigMonitor", actor: "AppConfig", alsoFiring: ["serverErrors"] },
      },
    },
    {
      what: "records a lower document that somebody has deployed",
      inputs: inputsOf(
        stateAt("ramp-20"),
        {},
        { documentStage: "canary-5", deployed: { stage: "canary-5", undone: false } },
      ),
      step: { ...found("byHand"), to: "canary-5", cause: "byHand", alsoFiring: [] },
    },
    {
      what: "records a kill switch at 0 that nobody has locked",
      inputs: inputsOf(stateAt("ramp-20"), {}, { cap: 0 }),
      step: { ...found("killSwitch"), to: "off", cause: "killSwitch", alsoFiring: [] },
    },
    {
      what: "records an alarm that fired where the rollout was locked at a stage between",
      inputs: inputsOf(
        stateAt("ramp-20", {
          after: [{ kind: "rolledBack", ...stamp, to: "canary-5", cause: "x", alsoFiring: [] }],
        }),
        {},
        { documentStage: "canary-5", cap: 0, lock: byFunction },
      ),
      step: { do: "record", to: "off", cause: "x", actor: "rollback" },
    },
    {
      what: "records nothing of a kill switch at 0 where nobody is on v2",
      inputs: inputsOf(stateAt("off"), {}, { cap: 0 }),
      step: { do: "wait" },
    },
    {
      what: "takes a document that is still on its way for no rollback",
      inputs: inputsOf(
        stateAt("ramp-20"),
        { bakeFrom: undefined },
        { documentStage: "canary-5", deployment: { number: 2, state: "DEPLOYING", startedAt: at } },
      ),
      step: { do: "wait", why: /not live yet/ },
    },
    {
      what: "finishes a move whose runner was killed before it deployed the document",
      inputs: inputsOf(stateAt("ramp-20"), { bakeFrom: undefined }, { documentStage: "canary-5" }),
      step: { do: "deploy", to: "ramp-20" },
    },
    {
      what: "finishes none while an alarm fires",
      inputs: inputsOf(
        stateAt("ramp-20"),
        { bakeFrom: undefined },
        { documentStage: "canary-5", alarms: { slowShare: "ALARM" } },
      ),
      step: { do: "wait", why: /slowShare/ },
    },
  ])("$what", ({ inputs, step }) => {
    const found = nextStep(inputs);
    const { why, ...rest } = step as { why?: RegExp };
    expect(found).toMatchObject(rest);
    if (why) expect((found as { why: string }).why).toMatch(why);
  });

  it("names the measure that failed, from the log", () => {
    const details = {
      criteria: [
        { measure: "p95", verdict: "pass" },
        { measure: "errorRate", verdict: "fail" },
      ],
    };
    const judged: RolloutEvent = { kind: "judged", ...stamp, stage: "ramp-20", verdict: "fail", details };
    const step = nextStep(inputsOf(stateAt("ramp-20", { after: [judged] })));
    expect(step).toMatchObject({ do: "rollback", to: "canary-5", cause: "errorRate" });
  });
});
