import { describe, expect, it } from "vitest";
import { faults } from "../../../infra/local/faults/catalogue.ts";
import { ends, rollsBackBy, type Script } from "../../../infra/local/faults/script.ts";
import { problemsOf } from "../../../infra/local/rehearsal/problems.ts";
import type { Findings } from "../../../infra/local/rehearsal/summary.ts";

const rollback = {
  cause: "serverErrorsFast",
  alsoFiring: [],
  toStage: "off",
  way: "pin",
  at: 136,
  causeToCondition: 30,
  conditionToDown: 29,
  milliseconds: 100,
};

/** A rehearsal of the default kind that went as planned, with some of it changed. */
function findings(changes: Record<string, unknown> = {}, timeline: Record<string, unknown> = {}): Findings {
  return {
    options: { fault: "errors", script: faults.errors, at: "ramp-50", until: "full-100" },
    climbs: ["rolledBack", "completed"],
    quiet: true,
    armed: true,
    surprises: [],
    unproven: [],
    linesMissing: 0,
    ledger: { rows: 100, mismatches: 0, lost: 0, unasked: 0 },
    descended: {
      rollback: { result: {} },
      conditionToDown: 29,
      refusedByRollout: true,
      refusedByProgram: true,
      record: { incident: "2026-11-23T14:00:00.000Z", lacks: [], notAsked: {} },
      notified: 3,
      reconciled: true,
    },
    timeline: {
      minutes: [],
      stages: [{ stage: "full-100", attempt: 2, verdict: "pass" }],
      rollbacks: [rollback],
      exposure: [{ stage: "full-100", attempt: 2, yachts: { planned: 100, observed: 100 } }],
      signedActions: { asked: 4, verified: 4, refused: 0 },
      ...timeline,
    },
    ...changes,
  } as unknown as Findings;
}

const { descended } = findings() as { descended: NonNullable<Findings["descended"]> };
const { record } = descended;

describe("a rehearsal", () => {
  it("has no problem when everything went as planned", () => {
    expect(problemsOf(findings())).toEqual([]);
  });

  it.each([
    ["a missed fault", { climbs: ["missed"] }, {}, /missed/],
    [
      "another cause",
      {},
      { rollbacks: [{ ...rollback, cause: "functionErrors" }] },
      /the cause is functionErrors/,
    ],
    [
      "a condition that came late",
      {},
      { rollbacks: [{ ...rollback, causeToCondition: 90 }] },
      /90 s after the cause, at most 60 s/,
    ],
    ["two rollbacks", {}, { rollbacks: [rollback, rollback] }, /2 rollbacks/],
    ["a rollback to a stage", {}, { rollbacks: [{ ...rollback, toStage: "ramp-20" }] }, /went to ramp-20/],
    ["a slow way down", { descended: { ...descended, conditionToDown: 61 } }, {}, /61 s after the alarm/],
    ["no way down", { descended: { ...descended, conditionToDown: undefined } }, {}, /still served/],
    [
      "a lock that holds nothing",
      { descended: { ...descended, refusedByRollout: false } },
      {},
      /not refused/,
    ],
    [
      "a program past the lock",
      { descended: { ...descended, refusedByProgram: false } },
      {},
      /past the rollout lock/,
    ],
    ["silence towards the contacts", { descended: { ...descended, notified: 0 } }, {}, /no contact/],
    [
      "a record that is not whole",
      { descended: { ...descended, record: { ...record, lacks: ["v1 was not proven", "no postmortem"] } } },
      {},
      /record of the rollback is not whole: v1 was not proven; no postmortem/,
    ],
    ["a stack left raised", { descended: { ...descended, reconciled: false } }, {}, /brought back/],
    ["a way down that stays taken", { armed: false }, {}, /did not arm both/],
    ["alarms that stay", { quiet: false }, {}, /quiet/],
    ["a stage that never passed", { climbs: ["rolledBack", "failed"] }, {}, /did not reach full-100/],
    [
      "a cache that differs",
      { ledger: { rows: 1, mismatches: 1, lost: 0, unasked: 0 } },
      {},
      /differ from the ledger/,
    ],
    ["a lost request", { ledger: { rows: 1, mismatches: 0, lost: 1, unasked: 0 } }, {}, /exactly once/],
    [
      "a row nobody asked for",
      { ledger: { rows: 1, mismatches: 0, lost: 0, unasked: 1 } },
      {},
      /no accepted request/,
    ],
    ["a wrong answer", { surprises: [{ status: 500 }] }, {}, /^1 answer was wrong/],
    ["metrics that never came", { linesMissing: 2 }, {}, /no metrics/],
    [
      "a refused signature",
      { firstRefusal: "0 ECONNRESET" },
      { signedActions: { asked: 4, verified: 3, refused: 1 } },
      /1 of 4 signed actions was refused, the first with 0 ECONNRESET/,
    ],
    ["no signature at all", {}, { signedActions: { asked: 0, verified: 0, refused: 0 } }, /no signed action/],
    [
      "v2 served at 0 %",
      {},
      { minutes: [{ minute: 150, percentPlanned: 0, v2: { requests: 3 } }] },
      /in 1 minute at 0 %/,
    ],
    [
      "an exposure unlike the plan",
      {},
      { exposure: [{ stage: "ramp-20", attempt: 2, yachts: { planned: 20, observed: 25 } }] },
      /not as planned in ramp-20/,
    ],
  ])("reports %s", (_, changes, timeline, problem) => {
    expect(problemsOf(findings(changes, timeline))).toEqual([expect.stringMatching(problem)]);
  });

  it("takes the minutes of a rollback's own way down for what they are", () => {
    const minutes = [136, 137].map((minute) => ({ minute, percentPlanned: 0, v2: { requests: 3 } }));
    expect(problemsOf(findings({}, { minutes }))).toEqual([]);
    const late = [{ minute: 138, percentPlanned: 0, v2: { requests: 3 } }];
    expect(problemsOf(findings({}, { minutes: late }))).toEqual([
      expect.stringMatching(/in 1 minute at 0 %/),
    ]);
  });

  describe("until production-ready", () => {
    const week = {
      days: 7,
      minutes: 10_080,
      requests: 15_500,
      refusedEarly: "6 days are missing",
      fired: [],
      jobs: { review: 1, probe: 1008 },
    };
    const evidence = {
      ...{ cases: 51, failed: [], bundle: "bundle", sha256: "ab", problems: [], events: 12 },
      notReleased: ["it is evidence of local, not of prod", "this is a rehearsal on one machine"],
    };
    const options = { fault: "none", until: "production-ready" };
    const ready = (changes: object = {}) =>
      problemsOf(
        findings(
          { options, climbs: ["completed"], descended: undefined, week, evidence, ...changes },
          { rollbacks: [] },
        ),
      ).join("; ");

    it("has no problem when it was declared, sealed, verified and not released", () => {
      expect(ready()).toBe("");
    });

    it.each<[string, object, RegExp]>([
      ["days that did not pass", { week: undefined }, /did not pass/],
      ["a declaration on the first day", { week: { ...week, refusedEarly: undefined } }, /before 7 days/],
      ["no declaration", { week: { ...week, refused: "p95 < 400 ms: fail" } }, /not declared.*p95/],
      ["a job that never ran", { week: { ...week, jobs: { review: 0, probe: 9 } } }, /did not run: review/],
      ["no evidence", { evidence: undefined }, /left no evidence/],
      [
        "a case that failed",
        { evidence: { ...evidence, failed: ["consume_part"] } },
        /1 acceptance case failed/,
      ],
      [
        "a bundle that does not verify",
        { evidence: { ...evidence, problems: ["a.json: changed"] } },
        /a\.json: changed/,
      ],
      ["a bundle without a hash", { evidence: { ...evidence, sha256: undefined } }, /does not verify/],
      ["a release", { evidence: { ...evidence, notReleased: [] } }, /was released/],
      [
        "something else that a release lacks",
        { evidence: { ...evidence, notReleased: ["nobody has signed off"] } },
        /nobody has signed off/,
      ],
    ])("has one with %s", (_, changes, text) => {
      expect(ready(changes)).toMatch(text);
    });
  });

  describe("with a fault that the judge has to speak about", () => {
    const script = (expected: Script["expected"]["canary-5"]): Partial<Script> => ({
      expected: { ...faults.errors.expected, "canary-5": expected },
    });
    const options = {
      fault: "some",
      script: script(ends("inconclusive")),
      at: "canary-5",
      until: "rollback",
    };
    const calm = { options, climbs: ["withstood"], descended: undefined };
    const stage = (verdict: string, criteria: object[] = []) => ({
      rollbacks: [],
      stages: [{ stage: "canary-5", attempt: 1, verdict, criteria }],
    });
    const failing = { ...options, script: script(ends("fail", "errorRate")) };
    const proven = { locked: true, exposed: true, refused: true, record };
    const steppedDown = { to: "off", failed: ["errorRate"], steps: [], ...proven };
    const stepped = { options: failing, climbs: ["steppedDown"], descended: undefined, steppedDown };
    const open = [{ measure: "errorRate", verdict: "fail" }];

    it("has no problem when nothing rolled back and the judge said what it must", () => {
      expect(problemsOf(findings(calm, stage("inconclusive")))).toEqual([]);
      expect(problemsOf(findings(stepped, stage("fail", open)))).toEqual([]);
    });

    it.each([
      [
        "a stage that passed on no data",
        calm,
        stage("pass"),
        /canary-5 ended with pass, expected was inconclusive/,
      ],
      [
        "a rollback",
        { ...calm, climbs: ["rolledBack"] },
        { ...stage("rolledBack"), rollbacks: [rollback] },
        /by serverErrorsFast although expected was: no rollback/,
      ],
      ["a climb that failed", { ...calm, climbs: ["failed"] }, stage("inconclusive"), /the climb failed/],
      [
        "another criterion that failed",
        stepped,
        stage("fail", [{ measure: "p95", verdict: "fail" }]),
        /errorRate passed; what did not: p95/,
      ],
      [
        "a step down without the lock",
        { ...stepped, steppedDown: { ...steppedDown, locked: false } },
        stage("fail", open),
        /does not stand at off/,
      ],
      [
        "yachts that stay where they were",
        { ...stepped, steppedDown: { ...steppedDown, exposed: false } },
        stage("fail", open),
        /did not become that of off/,
      ],
      [
        "a stage that rises again",
        { ...stepped, steppedDown: { ...steppedDown, refused: false } },
        stage("fail", open),
        /raised again/,
      ],
      [
        "a step down that nobody was told of",
        { ...stepped, steppedDown: { ...steppedDown, record: { ...record, lacks: ["nobody was told"] } } },
        stage("fail", open),
        /not whole: nobody was told/,
      ],
      [
        "a step down that the log does not hold",
        { ...stepped, steppedDown: { ...steppedDown, record: undefined } },
        stage("fail", open),
        /not whole: the log holds none/,
      ],
    ])("reports %s", (_, changes, timeline, problem) => {
      expect(problemsOf(findings(changes, timeline))).toEqual([expect.stringMatching(problem)]);
    });
  });

  it("forgives lost lines only a fault that ends the process", () => {
    const withLost = (fault: "exit" | "hang") => {
      const script: Script = {
        ...faults[fault],
        expected: { ...faults[fault].expected, "canary-5": rollsBackBy(["slowShare"], 60) },
      };
      const options = { fault, script, at: "canary-5", until: "full-100" };
      return problemsOf(
        findings({ options, linesMissing: 2 }, { rollbacks: [{ ...rollback, cause: "slowShare" }] }),
      );
    };
    expect(withLost("exit")).toEqual([]);
    expect(withLost("hang")).toEqual([expect.stringMatching(/no metrics/)]);
  });

  it("without a fault fails on any rollback", () => {
    const options = { fault: "none", at: "ramp-50", until: "full-100" };
    const calm = { options, climbs: ["completed"], descended: undefined };
    expect(problemsOf(findings(calm, { rollbacks: [] }))).toEqual([]);
    expect(problemsOf(findings(calm))).toEqual([expect.stringMatching(/although nothing was wrong/)]);
  });
});
