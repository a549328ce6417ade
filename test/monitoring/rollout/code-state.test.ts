import { describe, expect, it } from "vitest";
import { stageNames } from "../../../flags/plan.ts";
import type { CodeStamp } from "../../../monitoring/rollout/code-stamp.ts";
import { type RolloutEvent, rolloutEvent } from "../../../monitoring/rollout/event.ts";
import type { EventLog } from "../../../monitoring/rollout/event-log.ts";
import {
  heldCode,
  projectionFrom,
  projectionOf,
  projectionParameters,
} from "../../../monitoring/rollout/projection.ts";
import { stampedLog } from "../../../monitoring/rollout/stamped-log.ts";
import { replay } from "../../../monitoring/rollout/state.ts";
import { isRefused } from "../../../monitoring/rollout/verbs/decision.ts";
import { rollbackCode } from "../../../monitoring/rollout/verbs/rollback-code.ts";

const at = "2026-11-23T12:00:00.000Z";
const stamp = { at, actor: "ada" };
const code = (version: number, more: Partial<CodeStamp> = {}): CodeStamp => ({
  version,
  hash: `hash-${version}`,
  migrationHash: "sql-1",
  tables: { master: 8, tenant: 10 },
  ...more,
});
const [one, two] = [code(1), code(2, { migrationHash: "sql-2", tables: { master: 8, tenant: 12 } })];

const advanced = (to: (typeof stageNames)[number], by?: CodeStamp): RolloutEvent => ({
  ...{ kind: "advanced", ...stamp, to, cohort: ["a"] },
  ...(by && { code: by }),
});
const judged = (
  stage: (typeof stageNames)[number],
  by?: CodeStamp,
  verdict: "pass" | "fail" = "pass",
): RolloutEvent => ({
  ...{ kind: "judged", ...stamp, stage, verdict },
  ...(by && { code: by }),
});
/** Up to full-100 and through it, with that code. */
const climb = (by: CodeStamp): RolloutEvent[] =>
  stageNames.slice(1).flatMap((stage) => [advanced(stage, by), judged(stage, by)]);
const down: RolloutEvent = { kind: "rolledBack", ...stamp, to: "off", cause: "x", alsoFiring: [] };
const back: RolloutEvent = { kind: "codeRolledBack", ...stamp, from: two, to: one, cause: "x" };
const acknowledged: RolloutEvent = { kind: "acknowledged", ...stamp, reason: "mended" };

describe("the last known-good version", () => {
  it("is the one whose full-100 passed, and stays while the next one climbs", () => {
    expect(replay(climb(one)).code).toMatchObject({ live: one, lastKnownGood: one, held: false });
    const next = replay([...climb(one), down, acknowledged, advanced("canary-5", two)]);
    expect(next.code).toMatchObject({ live: two, lastKnownGood: one });
    expect(replay([...climb(one), down, acknowledged, ...climb(two)]).code?.lastKnownGood).toEqual(two);
  });

  it("is none before full-100 has passed, whatever the stages before it did", () => {
    expect(replay(climb(one).slice(0, -1)).code).toMatchObject({ live: one });
    expect(replay(climb(one).slice(0, -1)).code?.lastKnownGood).toBeUndefined();
    const failed = [...climb(one).slice(0, -1), judged("full-100", one, "fail"), judged("full-100", one)];
    expect(replay(failed).code?.lastKnownGood).toBeUndefined();
  });

  it("is neither the old code nor the new where a deployment came in mid-bake", () => {
    const mixed = [...climb(one).slice(0, -1), judged("full-100", two)];
    expect(replay(mixed).code?.lastKnownGood).toBeUndefined();
  });

  it("is not touched by a verdict on another stage, or by a move that the rules forbid", () => {
    const unproven = [advanced("canary-5", one), judged("full-100", one), advanced("full-100", two)];
    expect(replay(unproven).code).toEqual({ live: one, held: false, actor: "ada", at });
  });

  it("is unknown to a log that was written before versions were named", () => {
    expect(
      replay(stageNames.slice(1).flatMap((stage) => [advanced(stage), judged(stage)])).code,
    ).toBeUndefined();
  });
});

describe("a code rollback", () => {
  const events = [...climb(one), down, acknowledged, advanced("canary-5", two), down, back];

  it("holds the version that was put back until somebody acknowledges", () => {
    expect(replay(events).code).toMatchObject({ live: one, lastKnownGood: one, held: true });
    expect(heldCode(projectionOf(replay(events)))).toBe(1);
    expect(heldCode(projectionOf(replay([...events, acknowledged])))).toBeUndefined();
  });

  it("is read back from SSM, and the pin's own version goes before it", () => {
    const projection = projectionOf(replay(events));
    const parameters = projectionParameters("prod", projection);
    expect(JSON.parse(parameters["/part-lens/prod/rollout/code"] ?? "")).toMatchObject({
      ...{ live: 1, lastKnownGood: 1, hash: "hash-1", held: true, at, actor: "ada" },
    });
    expect(projectionFrom("prod", parameters)).toEqual(projection);
    const pin = { pinned: true, cause: "functionErrors", at, code: 7 } as const;
    expect(heldCode({ ...projection, pin })).toBe(7);
    expect(heldCode({ ...projection, pin: { pinned: false } })).toBe(1);
  });

  it("names what it does and what it leaves: no migration is undone", () => {
    const before = replay(events.slice(0, -2));
    const decision = rollbackCode(
      before,
      { ...stamp },
      { live: two, migrationHash: "sql-2", reason: "it leaks" },
    );
    if (isRefused(decision)) throw new Error(decision.refused);
    expect(decision.events).toEqual([{ ...back, cause: "it leaks" }]);
    expect(decision.events.map((event) => rolloutEvent.parse(event))).toEqual(decision.events);
    expect(decision.text).toMatch(/^code rolled back from version 2 \(hash-2\) to version 1 \(hash-1\)/);
    expect(decision.migrations).toMatch(/none is undone.* 0 table file\(s\) of MASTER and 2 of the tenants/);
    const same = rollbackCode(before, stamp, { live: two, migrationHash: "sql-1" });
    expect(same).toMatchObject({ migrations: expect.stringContaining("none since") });
  });

  it("is refused where no version is known to be good, and where it is live already", () => {
    const refusalOf = (log: RolloutEvent[], live: CodeStamp) =>
      rollbackCode(replay(log), stamp, { live, migrationHash: "sql-1" });
    expect(refusalOf([], one)).toEqual({ refused: expect.stringContaining("no version is recorded") });
    expect(refusalOf(climb(one), one)).toEqual({ refused: expect.stringContaining("is live already") });
  });
});

describe("a log that stamps", () => {
  it("names the code in moves up and verdicts, as it is at that moment, and in nothing else", async () => {
    const written: RolloutEvent[] = [];
    const inner: EventLog = { read: async () => written, append: async (event) => void written.push(event) };
    let live: CodeStamp | undefined = one;
    const log = stampedLog(inner, () => live);
    await log.append(advanced("canary-5"));
    live = two;
    await log.append(judged("canary-5"));
    await log.append(down);
    live = undefined;
    await log.append(judged("canary-5"));
    expect(await log.read()).toEqual([
      advanced("canary-5", one),
      judged("canary-5", two),
      down,
      judged("canary-5"),
    ]);
  });
});
