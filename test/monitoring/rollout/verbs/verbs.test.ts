import { describe, expect, it } from "vitest";
import { stageNames, stageOf } from "../../../../flags/plan.ts";
import { alarmKeys } from "../../../../monitoring/alarms.ts";
import type { RolloutEvent } from "../../../../monitoring/rollout/event.ts";
import type { LiveView } from "../../../../monitoring/rollout/live-view.ts";
import { applied, type RolloutState } from "../../../../monitoring/rollout/state.ts";
import { acknowledge } from "../../../../monitoring/rollout/verbs/acknowledge.ts";
import { advance } from "../../../../monitoring/rollout/verbs/advance.ts";
import { approve } from "../../../../monitoring/rollout/verbs/approve.ts";
import type { Decision } from "../../../../monitoring/rollout/verbs/decision.ts";
import { explain, explanationText } from "../../../../monitoring/rollout/verbs/explain.ts";
import { hold } from "../../../../monitoring/rollout/verbs/hold.ts";
import { resume } from "../../../../monitoring/rollout/verbs/resume.ts";
import { rollback } from "../../../../monitoring/rollout/verbs/rollback.ts";
import { status, statusText } from "../../../../monitoring/rollout/verbs/status.ts";
import { unlock } from "../../../../monitoring/rollout/verbs/unlock.ts";
import { judgeCriterion } from "../../../../monitoring/verdict.ts";
import { at, caller, liveOf, stamp, stateAt } from "../live.ts";

const yachts = Array.from({ length: 20 }, (_, index) => ({ id: `yacht-${index}` }));
const locked: RolloutEvent = { kind: "rolledBack", ...stamp, to: "off", cause: "rlsLeak", alsoFiring: [] };
const held: RolloutEvent = { kind: "held", ...stamp, reason: "regatta" };
const leased: RolloutEvent = { kind: "leased", ...stamp, runner: "ci-7" };
const reason = "a bad index, mended";

const refusal = (decision: Decision) => ("refused" in decision ? decision.refused : undefined);
/** What an accepted decision records. */
const eventsOf = (decision: Decision) => ("events" in decision ? decision.events : []);
const kinds = (decision: Decision) => ("events" in decision ? decision.events.map(({ kind }) => kind) : []);

describe("advance", () => {
  const passed = stateAt("canary-5", { last: "pass" });
  const ask = (state: RolloutState, changes: Partial<LiveView> = {}, input: object = {}, runner?: string) =>
    advance(state, liveOf(state, changes), { ...caller, runner }, { yachts, ...input });

  it("records the move with who is exposed, once everything holds", () => {
    const decision = ask(passed);
    expect(decision).toMatchObject({
      events: [{ kind: "advanced", to: "ramp-20", actor: "grace", cohort: expect.any(Array) }],
      text: "from canary-5 to ramp-20: 4 of 20 yachts on v2",
    });
  });

  it.each<{ what: string; state: RolloutState; live?: Partial<LiveView>; input?: object; text: RegExp }>([
    {
      what: "a lock in the log",
      state: stateAt("canary-5", { after: [locked] }),
      text: /rlsLeak.*acknowledge --reason/,
    },
    {
      what: "a lock that only the live parameters have",
      state: passed,
      live: { lock: { locked: true, cause: "slowShare", at, to: "off" } },
      text: /slowShare.*acknowledge/,
    },
    {
      what: "the pin",
      state: passed,
      live: { pin: { pinned: true, cause: "errorRate", at } },
      text: /v1 answers everyone.*errorRate/,
    },
    { what: "a hold", state: stateAt("canary-5", { last: "pass", after: [held] }), text: /regatta.*resume/ },
    {
      what: "another runner",
      state: stateAt("canary-5", { last: "pass", after: [leased] }),
      text: /ci-7.*unlock --reason/,
    },
    { what: "no verdict", state: stateAt("canary-5"), text: /no verdict yet/ },
    { what: "no proof", state: stateAt("canary-5", { last: "inconclusive" }), text: /inconclusive/ },
    { what: "a failed check", state: stateAt("canary-5", { last: "fail" }), text: /verdict fail/ },
    { what: "a skipped stage", state: passed, input: { to: "full-100" }, text: /next stage is ramp-20/ },
    { what: "a stage below", state: passed, input: { to: "off" }, text: /rollback --to/ },
    { what: "the last stage", state: stateAt("full-100", { last: "pass" }), text: /last stage/ },
    {
      what: "an alarm that would do nothing",
      state: passed,
      live: { unarmed: ["rlsLeak"] },
      text: /rlsLeak would do nothing.*update the service layer/,
    },
    {
      what: "a database at other SQL",
      state: passed,
      input: { databases: { databases: [{ database: "alpha", migrated: false, drifted: [] }] } },
      text: /alpha is not at the SQL of this build/,
    },
    {
      what: "a database whose grants somebody has changed",
      state: passed,
      input: { databases: { databases: [{ database: "alpha", migrated: true, drifted: ["grants"] }] } },
      text: /alpha \(grants\): find out who/,
    },
    {
      what: "databases that nobody could look at",
      state: passed,
      input: { databases: { unseen: "timeout" } },
      text: /could not be looked at: timeout/,
    },
    {
      what: "no database at all",
      state: passed,
      input: { databases: { databases: [] } },
      text: /no database was looked at/,
    },
    {
      what: "a deployment that still bakes",
      state: passed,
      live: { deployment: { number: 3, state: "BAKING", startedAt: at, endsAt: at } },
      text: /deployment 3 is BAKING until/,
    },
    {
      what: "an alarm",
      state: passed,
      live: { alarms: { slowShare: "ALARM" } },
      text: /slowShare is in ALARM/,
    },
    {
      what: "an alarm without data",
      state: passed,
      live: { alarms: { slowShare: "OK", errorRate: "INSUFFICIENT_DATA" } },
      text: /errorRate has no data yet/,
    },
    { what: "no alarm at all", state: passed, live: { alarms: {} }, text: /no alarm is known/ },
    {
      what: "a document of another stage",
      state: passed,
      live: { documentStage: "ramp-50" },
      text: /document is of ramp-50, the rollout is at canary-5/,
    },
    { what: "the kill switch", state: passed, live: { cap: 0 }, text: /kill switch is at 0/ },
    { what: "a silent service", state: passed, live: { percent: null }, text: /does not say what it serves/ },
    { what: "another exposure", state: passed, live: { percent: 0 }, text: /serves 0 %.*stands at 5 %/ },
    {
      what: "too little traffic for a proof",
      state: passed,
      input: { traffic: { requestsPerMinute: 10 } },
      text: /ramp-20 cannot prove errorRate .* it would take 150 min|2\.5 h/,
    },
    {
      what: "a missing approval",
      state: stateAt("off", { environment: "prod" }),
      text: /canary-5 waits for an approval/,
    },
  ])("is refused by $what, and says what to do", ({ state, live, input, text }) => {
    expect(refusal(ask(state, live, input))).toMatch(text);
  });

  it("names everything that stands against it at once", () => {
    const text = refusal(
      ask(stateAt("canary-5", { after: [held] }), { cap: 0, alarms: { slowShare: "ALARM" } }),
    );
    expect(text?.split("\n")).toHaveLength(4);
  });

  it("goes through for the runner that holds the lease", () => {
    const state = stateAt("canary-5", { last: "pass", after: [leased] });
    expect(kinds(ask(state, {}, {}, "ci-7"))).toEqual(["advanced"]);
  });

  it("uses an approval up", () => {
    const approval: RolloutEvent = { kind: "approved", ...stamp, stage: "canary-5" };
    const state = stateAt("off", { environment: "prod", after: [approval] });
    const decision = ask(state);
    expect(kinds(decision)).toEqual(["advanced"]);
    const [event] = eventsOf(decision);
    expect(applied(state, event!)).toMatchObject({ stage: "canary-5", approvals: [] });
  });
});

describe("rollback", () => {
  it.each(stageNames)("from %s goes to 0 by the kill switch first, whatever else holds", (stage) => {
    const state = stateAt(stage, { after: [held, leased, { kind: "locked", ...stamp, cause: "x" }] });
    const decision = rollback(state, caller, { reason });
    expect(decision).toMatchObject({ capZero: true, to: "off" });
    expect(applied(state, decision.events[0]!)).toMatchObject({
      stage: "off",
      percent: 0,
      lock: { cause: reason },
    });
  });

  it("to a stage leaves the kill switch alone", () => {
    const decision = rollback(stateAt("ramp-50"), caller, { to: "ramp-20" });
    expect(decision).toMatchObject({ capZero: false, to: "ramp-20" });
    expect(decision.events[0]).toMatchObject({ cause: "asked for by grace" });
  });

  it("never raises: a stage that is not below locks where the rollout is, and says so", () => {
    const state = stateAt("ramp-20");
    const decision = rollback(state, caller, { to: "full-100" });
    expect(decision).toMatchObject({ capZero: false, to: "ramp-20", text: /not below ramp-20/ });
    expect(applied(state, decision.events[0]!)).toMatchObject({ stage: "ramp-20", lock: { to: "ramp-20" } });
  });
});

describe("acknowledge", () => {
  const state = stateAt("ramp-50", { after: [locked] });

  it("ends the lock with a reason", () => {
    const decision = acknowledge(state, liveOf(state, { cap: 0 }), caller, { reason });
    expect(kinds(decision)).toEqual(["acknowledged"]);
    expect(decision).toMatchObject({ text: /rlsLeak is acknowledged/ });
  });

  it.each([
    { what: "without a reason", from: state, input: {}, text: /say with --reason/ },
    { what: "with an empty one", from: state, input: { reason: "  " }, text: /say with --reason/ },
    { what: "without a lock", from: stateAt("ramp-50"), input: { reason }, text: /not locked/ },
  ])("is refused $what", ({ from, input, text }) => {
    expect(refusal(acknowledge(from, liveOf(from), caller, input))).toMatch(text);
  });

  it("is refused while the document is of another stage: it would expose yachts", () => {
    const live = liveOf(state, { cap: 0, documentStage: "ramp-50" });
    expect(refusal(acknowledge(state, live, caller, { reason }))).toMatch(/document is of ramp-50/);
  });

  it("ends a pin, and arms a kill switch that fell without a lock", () => {
    const free = stateAt("off");
    for (const changes of [{ pin: { pinned: true as const, cause: "errorRate", at } }, { cap: 0 }]) {
      expect(kinds(acknowledge(free, liveOf(free, changes), caller, { reason }))).toEqual(["acknowledged"]);
    }
  });
});

describe("hold and resume", () => {
  it("hold and let go, each with who did it", () => {
    const state = stateAt("ramp-20");
    const decision = eventsOf(hold(state, caller, { reason: "regatta" }));
    const holding = applied(state, decision[0]!);
    expect(holding.hold).toEqual({ reason: "regatta", actor: "grace", at: caller.at });
    expect(refusal(hold(holding, caller, { reason: "again" }))).toMatch(/grace holds/);
    const released = eventsOf(resume(holding, caller, {}));
    expect(applied(holding, released[0]!).hold).toBeUndefined();
  });

  it("refuse what says nothing or has nothing to end", () => {
    expect(refusal(hold(stateAt("off"), caller, {}))).toMatch(/--reason/);
    expect(refusal(resume(stateAt("off"), caller, {}))).toMatch(/nobody holds/);
    expect(refusal(resume(stateAt("ramp-20", { after: [locked] }), caller, {}))).toMatch(/acknowledge/);
  });
});

describe("approve", () => {
  const state = stateAt("off", { environment: "prod" });

  it("lets the next stage rise, and names it without being told", () => {
    expect(approve(state, caller, {})).toMatchObject({
      events: [{ kind: "approved", stage: "canary-5", actor: "grace" }],
    });
  });

  it.each([
    {
      what: "a stage further on",
      from: state,
      input: { stage: "full-100" as const },
      text: /next stage is canary-5/,
    },
    { what: "a stage that needs none", from: stateAt("off"), input: {}, text: /needs no approval/ },
    {
      what: "what is approved already",
      from: stateAt("off", {
        environment: "prod",
        after: [{ kind: "approved", ...stamp, stage: "canary-5" }],
      }),
      input: {},
      text: /already, by ada/,
    },
    {
      what: "a locked rollout",
      from: stateAt("ramp-50", { environment: "prod", after: [locked] }),
      input: {},
      text: /locked/,
    },
    {
      what: "the last stage",
      from: stateAt("full-100", { environment: "prod" }),
      input: {},
      text: /last stage/,
    },
  ])("refuses $what", ({ from, input, text }) => {
    expect(refusal(approve(from, caller, input))).toMatch(text);
  });
});

describe("unlock", () => {
  it("clears the lease of a runner that is gone, not the rollout lock", () => {
    const state = stateAt("ramp-20", { after: [leased, locked] });
    const decision = eventsOf(unlock(state, caller, { reason: "the machine is off" }));
    const after = applied(state, decision[0]!);
    expect(after.lease).toBeUndefined();
    expect(after.lock).toBeDefined();
    expect(refusal(unlock(state, caller, {}))).toMatch(/how you know that ci-7 is gone/);
    expect(refusal(unlock(after, caller, { reason }))).toMatch(/no runner.*acknowledge/);
  });
});

describe("status and explain", () => {
  const state = stateAt("canary-5", { last: "inconclusive" });
  const live = liveOf(state, { alarms: { serverErrors: "OK", slowShare: "ALARM" } });
  const control = { requests: 6840, timeouts: 0 };

  it("show planned and live, the bake, the verdicts and the alarms", () => {
    const view = status("local", state, live, { at: "2026-11-23T12:20:00.000Z", bakeFrom: at });
    expect(view).toMatchObject({
      stage: "canary-5",
      next: "ramp-20",
      percent: { planned: 5, live: 5 },
      bake: { until: "2026-11-23T13:00:00.000Z", minutesLeft: 40 },
      verdicts: [{ stage: "canary-5", verdict: "inconclusive" }],
      alarms: { firing: ["slowShare"], withoutData: [] },
      lock: null,
    });
    expect(statusText(view)).toMatch(/v2 +5 % planned, 5 % live/);
  });

  it("say of 1.5 % timeouts at 5 % that nothing is proven, how many requests are missing, and how long they take", () => {
    const window = { from: Date.parse(at), to: Date.parse(at) + 3_600_000 };
    const observation = { kind: "share", events: 6, requests: 360 } as const;
    const [errorRate] = stageOf("canary-5").criteria.filter(({ measure }) => measure === "errorRate");
    const verdict = judgeCriterion(errorRate!, { observation, query: "q", window });
    const missing =
      /errorRate .*6 of 360: too few samples to tell; 822 requests more \(2\.3 h at 6 a minute\) .* 540 requests more \(90 min/;
    const look = { stage: "canary-5", verdict: "inconclusive", criteria: [verdict], control } as const;
    const explained = explain(state, live, { look });
    expect(explanationText(explained).replace(/\s+/g, " ")).toMatch(missing);
    expect(explained.criteria[0]?.missing).toMatchObject({
      clean: { requests: 822, minutes: 137 },
      steady: { requests: 540, minutes: 90, proves: "beyond" },
    });
    const details = JSON.parse(JSON.stringify({ criteria: [verdict], control }));
    const judged = { kind: "judged", ...stamp, stage: "canary-5", verdict: "inconclusive", details } as const;
    const view = status("local", stateAt("canary-5", { after: [judged] }), live, { at });
    expect(statusText(view)).toMatch(missing);
    expect(statusText(view)).toContain(`inconclusive at ${at}; "explain" judges it as of now`);
    expect(view.open).toMatchObject([{ measure: "errorRate", verdict: "inconclusive" }]);
  });

  it("show 0 % live while the kill switch is down, and unknown where nobody can tell", () => {
    expect(status("local", state, { ...live, cap: 0 }, { at }).percent).toEqual({ planned: 5, live: 0 });
    expect(status("local", state, { ...live, cap: null }, { at }).percent.live).toBeNull();
  });

  it("name the code that answers, by the record or by the service layer, and the last known-good", () => {
    const tables = { master: 8, tenant: 10 };
    const [good, next] = [3, 4].map((version) => ({
      version,
      hash: `h${version}`,
      migrationHash: "m",
      tables,
    }));
    const passed: RolloutEvent[] = [
      { kind: "advanced", ...stamp, to: "full-100", cohort: ["a"], code: good },
      { kind: "judged", ...stamp, stage: "full-100", verdict: "pass", code: good },
    ];
    const known = stateAt("ramp-50", { last: "pass", after: passed });
    const shown = (code: string | null, from = known, declared = next) => {
      const view = status("local", from, liveOf(from, { code }), { at, declared });
      return [view.code, /code +(.*)/.exec(statusText(view))?.[1]];
    };
    const kept = { version: 3, hash: "h3" };
    expect(shown("h3")).toEqual([
      { live: kept, lastKnownGood: kept, held: false },
      "version 3 (h3), the last known-good",
    ]);
    expect(shown("h4")).toEqual([
      { live: { version: 4, hash: "h4" }, lastKnownGood: kept, held: false },
      "version 4 (h4), last known-good version 3 (h3)",
    ]);
    expect(shown("h9")[1]).toBe("h9, last known-good version 3 (h3)");
    expect(shown(null)[1]).toBe("does not answer, last known-good version 3 (h3)");
    expect(shown("h4", state)[1]).toBe("version 4 (h4), none is known to be good");
    const back: RolloutEvent = { kind: "codeRolledBack", ...stamp, cause: "x", from: next!, to: good! };
    expect(shown("h3", stateAt("ramp-50", { last: "pass", after: [...passed, back] }))[1]).toBe(
      "version 3 (h3), the last known-good, held until acknowledged",
    );
  });

  it("say what holds the next stage, requirement by requirement", () => {
    const explanation = explain(state, live, { traffic: { requestsPerMinute: 1 } });
    const missing = explanation.requirements.filter(({ holds }) => !holds).map(({ what }) => what);
    expect(missing).toEqual(["verdict", "alarms"]);
    const text = explanationText(explanation);
    expect(text).toMatch(/^canary-5 → ramp-20: 2 of \d+ hold it/);
    expect(text).toMatch(/✗ verdict +canary-5 has the verdict inconclusive/);
    expect(text).toMatch(/at 1 request a minute these cannot be proven:\n/);
    expect(text).toMatch(
      /✗ canary-5 +errorRate in 60 min: 3 of 299 requests come; it would take 4\.2 days\n/,
    );
  });

  it("say it in lines that a terminal has room for, even where nothing comes and every alarm is without data", () => {
    const alarms = Object.fromEntries(alarmKeys.map((key) => [key, "INSUFFICIENT_DATA"] as const));
    const text = explanationText(explain(state, { ...live, alarms }, { traffic: { requestsPerMinute: 0 } }));
    expect(alarmKeys.length).toBeGreaterThan(10);
    expect(text.split("\n").filter((line) => line.length > 100)).toEqual([]);
    const words = text.replace(/\s+/g, " ");
    for (const key of alarmKeys) expect(words).toContain(`${key} has no data yet`);
    expect(text.match(/✗ canary-5/g)).toHaveLength(1);
    expect(words).toMatch(/unavailableAboveControl in 60 min: not one request comes/);
  });
});
