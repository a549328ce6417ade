import { describe, expect, it } from "vitest";
import { stageOf } from "../../../flags/plan.ts";
import type { Telling } from "../../../monitoring/incident/outbox.ts";
import { RolloutControl } from "../../../monitoring/rollout/control/rollout-control.ts";
import { RolloutMoves } from "../../../monitoring/rollout/control/rollout-moves.ts";
import { RolloutObserver } from "../../../monitoring/rollout/control/rollout-observer.ts";
import type { RolloutEvent } from "../../../monitoring/rollout/event.ts";
import { LogMovedError } from "../../../monitoring/rollout/event-log.ts";
import type { RolloutPlace } from "../../../monitoring/rollout/place.ts";
import { incidentMap } from "../../support/incidents.ts";
import { at, caller, liveOf, stateAt } from "./live.ts";

const rolledBack: RolloutEvent = {
  kind: "rolledBack",
  at,
  actor: "ada",
  to: "off",
  cause: "first",
  alsoFiring: [],
};

/** A rollout at ramp-20 in a place that comes down by what is asked of it, with what was told and noted. */
function placeOf(changes: Partial<RolloutPlace> = {}, after: readonly RolloutEvent[] = []) {
  const state = stateAt("ramp-20", { after });
  const events = [...state.history];
  const did: string[] = [];
  const told: Telling[] = [];
  const objects = new Map<string, string>();
  let live = liveOf(state);
  const place = {
    environment: "local",
    patience: { seconds: -1, pollMilliseconds: 1 },
    log: {
      read: async () => [...events],
      append: async (event: RolloutEvent, expected?: number) => {
        if (expected !== undefined && expected !== events.length) throw new LogMovedError(expected);
        events.push(event);
        did.push("log");
      },
    },
    parameters: { read: async () => ({}), write: async () => undefined },
    now: () => Date.parse("2026-11-23T14:00:00.000Z"),
    live: async () => live,
    bakeFrom: async () => at,
    capZero: async () => {
      live = { ...live, cap: 0 };
      did.push("cap0");
      return "kill switch to 0";
    },
    lower: async (stage: "off") => {
      live = { ...live, documentStage: stage, percent: stageOf(stage).percent };
      did.push("lower");
      return true;
    },
    incidents: incidentMap(objects),
    proveV1: async () => {
      did.push("proveV1");
      return "v1 answered";
    },
    tell: async (telling: Telling) => {
      told.push(telling);
      did.push(
        [...objects.keys()].some((key) => key.includes(telling.transition)) ? "tell" : "tell unwritten",
      );
      return { channel: "sns", endpoint: "arn:alerts", messageId: "m-1" };
    },
    raise: async () => undefined,
    note: (text: string) => did.push(text),
    ...changes,
  } as unknown as RolloutPlace;
  const moves = new RolloutMoves(place, new RolloutObserver(place));
  return { place, moves, told, did, events, state, objects };
}

const asked = { verb: "rollback", actor: "grace", caller, reason: "odd numbers" } as const;
const entry = `incidents/${caller.at}/outbox/control-odd_numbers-20261123T140000000Z`;
const silent = () => undefined;
const failing = (what: string) => () => Promise.reject(new Error(`${what} is away`));

describe("a rollback that no alarm has asked for", () => {
  it("is told once it is down and locked: who, why, from where to where, and what to do next", async () => {
    const { moves, told, did } = placeOf();
    const { exit, data } = await moves.rollback(asked, silent);
    expect(exit).toBe(0);
    expect(did).toEqual(["cap0", "log", "lower", "proveV1", "tell"]);
    expect(data).toMatchObject({ steps: expect.arrayContaining(["the contacts are told: message m-1"]) });
    expect(told).toMatchObject([
      {
        severity: "critical",
        way: "control",
        mode: "rollback",
        complete: true,
        incident: caller.at,
        transition: "control-odd_numbers-20261123T140000000Z",
        subject: "Part Lens local: rolled back to 0, cause odd numbers",
      },
    ]);
    const lines = told[0]?.body.split("\n");
    for (const line of ["Who: grace", "Stage: from ramp-20 to off"]) expect(lines).toContain(line);
    for (const done of ["cap0 .*kill switch to 0", "lock .*locked", "down .*after 0 s", "proveV1 .*answered"])
      expect(told[0]?.body).toMatch(new RegExp(`^done: ${done}$`, "m"));
    expect(told[0]?.steps.map(({ step }) => step)).toEqual(["cap0", "lock", "down", "proveV1"]);
    expect(told[0]?.body).toMatch(/^Cause: odd numbers \(asked for by a verb\)$/m);
    expect(told[0]?.body).toMatch(/^Next: find the cause.*acknowledge/m);
  });

  it("lies in the outbox before it is sent, and has its receipt afterwards", async () => {
    const { moves, objects } = placeOf();
    await moves.rollback(asked, silent);
    expect([...objects.keys()]).toEqual([`${entry}.json`, `${entry}.sns.json`]);
    expect(JSON.parse(objects.get(`${entry}.json`)!)).toMatchObject({
      move: { origin: "asked", actor: "grace", from: "ramp-20", to: "off", at: caller.at },
    });
    expect(JSON.parse(objects.get(`${entry}.sns.json`)!)).toMatchObject({ channel: "sns", messageId: "m-1" });
  });

  it.each([
    { what: "a stage between, by a person", origin: "asked", severity: "warning" },
    { what: "a stage between, after a failed check", origin: "failedCheck", severity: "critical" },
  ] as const)("to $what, is $severity", async ({ origin, severity }) => {
    const { moves, told } = placeOf();
    await moves.rollback({ ...asked, stage: "canary-5" }, silent, origin);
    expect(told).toMatchObject([{ severity, subject: expect.stringContaining("rolled back to canary-5") }]);
  });

  it.each<{ what: string; changes: Partial<RolloutPlace>; next: RegExp }>([
    {
      what: "the lock",
      changes: { parameters: { read: async () => ({}), write: failing("SSM") } },
      next: /NOT LOCKED/,
    },
    {
      what: "the proof of v1",
      changes: { proveV1: failing("v1") },
      next: /v1 did not prove that it answers/,
    },
    { what: "the look at what is live", changes: { live: failing("API") }, next: /MAY STILL BE SERVED/ },
    {
      what: "both ways down",
      changes: { capZero: failing("AppConfig"), lower: failing("AppConfig") },
      next: /MAY STILL BE SERVED/,
    },
  ])("is told as incomplete where $what failed", async ({ changes, next }) => {
    const { moves, told } = placeOf(changes);
    await moves.rollback(asked, silent);
    expect(told).toMatchObject([
      { severity: "critical", complete: false, body: expect.stringMatching(next) },
    ]);
    expect(told[0]?.subject).toContain("ROLLBACK INCOMPLETE");
    expect(told[0]?.body).toContain("is away");
  });

  it("stays down and locked where nobody could be told, and says so", async () => {
    const { moves, events } = placeOf({ tell: failing("SNS") });
    const { exit, data } = await moves.rollback(asked, silent);
    expect(exit).toBe(0);
    expect(events.at(-1)).toMatchObject({ kind: "rolledBack", to: "off" });
    expect(data).toMatchObject({
      steps: expect.arrayContaining(["telling the contacts failed: SNS is away"]),
    });
  });

  it("is told of the judge, with the measure that failed", async () => {
    const measure = { measure: "errorRate", verdict: "fail" };
    const details = { criteria: [measure] };
    const failed = {
      kind: "judged",
      at,
      actor: "judge",
      stage: "ramp-20",
      verdict: "fail",
      details,
    } as const;
    const { place, told } = placeOf({}, [failed]);
    await new RolloutControl(place).perform({ verb: "judge", actor: "judge" }, silent);
    expect(told).toMatchObject([{ severity: "critical", cause: "errorRate" }]);
    expect(told[0]?.body).toMatch(/^Cause: errorRate \(the stage failed its check\)$/m);
    expect(told[0]?.body).toMatch(/^Stage: from ramp-20 to canary-5$/m);
  });

  it("is told of a move whose document did not come to be live", async () => {
    const state = stateAt("ramp-20");
    const { moves, told } = placeOf({ live: async () => liveOf(state, { documentStage: "canary-5" }) });
    expect((await moves.deploy("ramp-20", "up", silent)).exit).toBe(2);
    expect(told).toMatchObject([{ severity: "critical", cause: "exposure" }]);
    expect(told[0]?.body).toMatch(/^Stage: from ramp-20 to canary-5$/m);
  });

  it("is not told again by a second one that moves nothing", async () => {
    const { moves, told, events, state } = placeOf({}, [rolledBack]);
    await moves.rollback(asked, silent);
    expect(events).toHaveLength(state.history.length + 1);
    expect(told).toEqual([]);
  });

  it("is told by the first of two at once, as the log has them", async () => {
    const { moves, told } = placeOf();
    const other = { ...asked, actor: "judge", caller: { ...caller, actor: "judge" } };
    await Promise.all([moves.rollback(asked, silent), moves.rollback(other, silent)]);
    expect(told).toHaveLength(1);
  });
});

describe("a rollback that happened outside the log", () => {
  const record = (cause: string) =>
    ({ do: "record", to: "canary-5", cause, alsoFiring: [], actor: "rollback" }) as const;

  it("is told where AppConfig did it, by one of two that see it", async () => {
    const { moves, told, state, events } = placeOf();
    const step = { ...record("appConfigMonitor"), origin: "appConfigMonitor" } as const;
    await Promise.all([moves.recordOutside(step, { state }), moves.recordOutside(step, { state })]);
    expect(events).toHaveLength(state.history.length + 1);
    expect(told).toMatchObject([{ severity: "critical", cause: "appConfigMonitor" }]);
    expect(told[0]?.body).toContain("Stage: from ramp-20 to canary-5");
  });

  it.each([
    { alarms: [], says: "no alarm was in ALARM then" },
    { alarms: ["slowShare", "errorRate"], says: "in ALARM then: slowShare, errorRate" },
  ])("by hand is told as that, and with the alarms: $says", async ({ alarms, says }) => {
    const { moves, told, did, events, state } = placeOf();
    const step = { ...record("because"), actor: "grace", alsoFiring: alarms, origin: "byHand" } as const;
    await moves.recordOutside(step, { state });
    expect(events.at(-1)).toMatchObject({ actor: "grace", origin: "byHand", alsoFiring: alarms });
    expect(did).toContain("proveV1");
    expect(told).toMatchObject([{ severity: "critical", move: { origin: "byHand", alarms } }]);
    const lines = told[0]?.body.split("\n");
    expect(lines).toContain("Who: grace");
    expect(lines).toContainEqual(expect.stringMatching(/^Cause: because \(by hand: .*\)$/));
    expect(told[0]?.body).toContain(says);
  });

  it.each([
    { says: "names who has set it", writer: async () => "arn:user/grace", actor: "arn:user/grace" },
    { says: "does not wait for that", writer: failing("the history"), actor: "unknown" },
    { says: "says so where nobody knows", writer: async () => undefined, actor: "unknown" },
  ])("by hand $says", async ({ writer, actor }) => {
    const asked: string[] = [];
    const named = (name: string) => {
      asked.push(name);
      return writer();
    };
    const parameters = { read: async () => ({}), write: async () => undefined, writer: named };
    const { moves, told, events, state } = placeOf({ parameters });
    const { actor: _, ...step } = { ...record("because"), origin: "byHand", parameter: "lock" } as const;
    await moves.recordOutside(step, { state });
    expect(asked).toEqual(["/part-lens/local/rollout/lock"]);
    expect(events.at(-1)).toMatchObject({ actor, origin: "byHand" });
    expect(told[0]?.body).toContain(`Who: ${actor}`);
  });

  it("by a verb whose event the log did not take is recorded as it was, and not told at once again", async () => {
    const { moves, told, events, state } = placeOf();
    const step = { ...record("odd numbers"), actor: "grace", origin: "asked", at } as const;
    await moves.recordOutside(step, { state });
    expect(events.at(-1)).toEqual({
      ...{ kind: "rolledBack", at, actor: "grace", origin: "asked" },
      ...{ to: "canary-5", cause: "odd numbers", alsoFiring: [] },
    });
    expect(told).toEqual([]);
  });

  it.each([
    { what: "is told where the kill switch stays at 0 without a lock", lock: { locked: false }, times: 1 },
    {
      what: "is left to the function of an alarm, whose lock comes a moment after the cap",
      lock: { locked: true, cause: "rlsLeak", at, to: "off" },
      times: 0,
    },
  ] as const)("$what", async ({ lock, times }) => {
    const live = async () => liveOf(stateAt("ramp-20"), { cap: 0, lock });
    const { moves, told, state, events } = placeOf({ live });
    const step = {
      do: "record",
      to: "off",
      cause: "killSwitch",
      alsoFiring: [],
      origin: "killSwitch",
    } as const;
    await moves.recordOutside(step, { state });
    expect(told).toHaveLength(times);
    expect(events.filter(({ kind }) => kind === "rolledBack")).toHaveLength(times);
  });

  it("is not told again where a function did it, which has told", async () => {
    const { moves, told, state, events } = placeOf();
    await moves.recordOutside(record("rlsLeak"), { state });
    expect(events.at(-1)).toMatchObject({ cause: "rlsLeak" });
    expect(told).toEqual([]);
  });
});
