import { type Stage, type StageName, stageNames, stageOf } from "../../../flags/plan.ts";
import { judge, type StageVerdict } from "../../../monitoring/judge.ts";
import type { StageRun } from "../../../monitoring/report/timeline.ts";
import type { ControlRecord } from "../../../monitoring/window-reading.ts";
import type { Step } from "../apply.ts";
import type { Expectation, RisenStage, Script } from "../faults/script.ts";
import { AdvanceRefused } from "../local-rollout.ts";
import { assumePassed } from "./assumed-stages.ts";
import type { Scene } from "./scene.ts";
import { type SteppedDown, stepDown } from "./step-down.ts";

/**
 * How a climb ended. With a fault on: it was `missed` where something had to roll back and nothing did; `withstood`
 * where nothing had to, and the judge has spoken; `steppedDown` where the judge's word was a failure.
 */
export type Climb = "completed" | "rolledBack" | "missed" | "withstood" | "steppedDown" | "failed";

/** The bake goes on this long before the fault begins, so that there is a healthy past. */
const faultMinute = 10;
/** A fault that begins after the verdict: so long after. */
const minutesAfterVerdict = 5;
/** Whoever judges dies so long after the bake began. */
const crashMinute = 30;
/** A rollback that has not begun by then never will, unless its script allows it more. */
const missedAfterMinutes = 15;
/** How long a stage may wait for the planned exposure, and an inconclusive one for more samples. */
const patienceMinutes = { exposure: 10, samples: 30 };

type Rung = Stage & { readonly stage: RisenStage };

/** Moves the rollout up, stage by stage: stack update, exposure as planned, bake, verdict. */
export class Ascent {
  readonly #scene: Scene;
  /** Virtual time at which the fault began. */
  causeAt: number | undefined;
  /** What the judge's failure led to. */
  steppedDown: SteppedDown | undefined;
  /** What else the fault has to prove, and did not. */
  unproven: readonly string[] = [];
  #control: ControlRecord | undefined;

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  /** To that stage, from where the options say. `faulty`: the fault begins in the stage that they name. */
  async climb(attempt: number, to: StageName, faulty: boolean): Promise<Climb> {
    const { options, rollout, service, clock } = this.#scene.parts;
    const rungs = stageNames.slice(1, stageNames.indexOf(to) + 1);
    if (options.startsAtItsStage && attempt === 1) {
      const below = rungs.splice(0, rungs.length - 1);
      await assumePassed({ rollout, stages: below, yachts: service.fleet.yachts, now: () => clock.now() });
    }
    for (const name of rungs) {
      const rung = stageOf(name) as Rung;
      const script = faulty && options.at === name ? options.script : undefined;
      const result = await this.#rung(rung, attempt, script);
      if (result !== "completed") return result;
    }
    return "completed";
  }

  async #rung(rung: Rung, attempt: number, script: Script | undefined): Promise<Climb> {
    const { record, terminal, conductor, clock } = this.#scene.parts;
    const started = record.minute;
    const cohort = await this.#raise(rung, attempt);
    if (!(await this.#scene.becomesExposed(patienceMinutes.exposure))) {
      record.event("verdict", `${rung.stage}: exposure did not become ${rung.percent} %`, "judge");
      return "failed";
    }
    terminal.begin(rung.stage, rung.bakeMinutes);
    conductor.signing = script?.signs ? [] : cohort;
    let from = clock.now();
    const baked = await this.#bake(rung, attempt, script, cohort, from);
    // Nobody who comes after knows more of the bake's beginning than the log does.
    if (script?.judgeCrashes) from = Date.parse((await this.#scene.parts.rollout.state()).since ?? "");
    const verdict = await this.#judged(rung, attempt, from, baked === "withstood");
    conductor.signing = [];
    terminal.end();
    this.#close(rung, attempt, started, baked === "rolledBack" ? baked : undefined, verdict);
    this.#exposure(rung, attempt, cohort.length, from);
    if (baked === "rolledBack" || baked === "missed") return baked;
    this.unproven = await this.#unproven(script);
    if (verdict.verdict === "fail") return this.#stepDown(rung, verdict);
    if (baked === "withstood" && verdict.verdict !== "pass" && (await this.#rises(rung))) return "failed";
    if (baked === "withstood") return baked;
    return verdict.verdict === "pass" ? "completed" : "failed";
  }

  async #raise({ stage, percent }: Rung, attempt: number): Promise<readonly string[]> {
    const { rollout, record, terminal } = this.#scene.parts;
    terminal.heading(`${stage}${attempt > 1 ? `, try ${attempt}` : ""}`);
    const steps: Step[] = [];
    const cohort = await rollout.advance(stage, (step) => steps.push(step));
    const changed = steps
      .filter(({ step }) => step !== "same")
      .map(({ step, type }) => `${step} ${type.split(":").at(-1)}`);
    this.#scene.planned = (100 * cohort.length) / this.#scene.yachtIds.length;
    record.event(
      "stage",
      `${stage}: ${percent} %, ${cohort.length} of ${this.#scene.yachtIds.length} yachts (${changed.join(", ")})`,
      "rehearsal",
    );
    return cohort;
  }

  async #bake(
    rung: Rung,
    attempt: number,
    script: Script | undefined,
    cohort: readonly string[],
    from: number,
  ): Promise<Climb> {
    const { watch, clock, options } = this.#scene.parts;
    const { stage, bakeMinutes } = rung;
    const after = script && options.when === "baked" ? minutesAfterVerdict : undefined;
    const begins = after === undefined ? (script?.fromStart ? 0 : faultMinute) : bakeMinutes + after;
    const mustRollBack = script && "rollback" in script.expected[stage];
    // What has to roll back, and has not, is missed long before a day is over; what need not is judged.
    const patience = script ? patienceWith(script.expected[stage]) : 0;
    const last = mustRollBack ? begins + patience + 1 : bakeMinutes;
    for (let minute = 0; minute < last; minute++) {
      if (after !== undefined && minute === bakeMinutes) await this.#judged(rung, attempt, from, false);
      if (script?.judgeCrashes && minute === crashMinute) this.#crash();
      if (script && minute === begins) await this.#inject(script, cohort);
      await this.#scene.minute(stage, minute, attempt);
      if (watch.rollback) return "rolledBack";
      const since = this.causeAt === undefined ? 0 : clock.now() - this.causeAt;
      if (mustRollBack && since > patience * 60_000) return "missed";
    }
    return script ? "withstood" : "completed";
  }

  #crash(): void {
    const { parts } = this.#scene;
    parts.rollout = parts.reopenRollout();
    parts.record.event("stage", "the judge is gone; another goes on from the log", "rehearsal");
  }

  async #unproven(script: Script | undefined): Promise<readonly string[]> {
    const { observations } = this.#scene.parts;
    const most = script?.v2OffWithinSeconds;
    const served = (observations.lastOfV2 - (this.causeAt ?? 0)) / 1000;
    const late = most !== undefined && served > most;
    const proven = (await script?.proves?.(this.#scene)) ?? [];
    return late ? [...proven, `v2 was served for ${served} s after the cause, at most ${most}`] : proven;
  }

  async #inject(script: Script, cohort: readonly string[]): Promise<void> {
    const { inject, conductor, record, clock, rollout, options } = this.#scene.parts;
    if (options.when === "held") {
      const reason = "somebody wants to look first";
      const at = new Date(clock.now()).toISOString();
      await rollout.record({ kind: "held", at, actor: "rehearsal", reason });
      record.event("stage", `held: ${reason}`, "rehearsal");
    }
    conductor.faulty = true;
    conductor.signing = script.signs ? cohort : [];
    this.causeAt = clock.now();
    await inject(true);
    record.event("fault", `fault: ${script.description}`, "rehearsal");
  }

  /** Judges the bake; while it is inconclusive the stage goes on, for a while. */
  async #judged(rung: Rung, attempt: number, from: number, withstood: boolean): Promise<StageVerdict> {
    const { clock, judging, rollout, record, watch, conductor } = this.#scene.parts;
    const look = () => {
      const control = this.#control && { control: this.#control };
      return judge(rung.stage, { ...judging, from, to: clock.now(), ...control });
    };
    let verdict = await look();
    for (let extra = 0; extra < patienceMinutes.samples && verdict.verdict === "inconclusive"; extra++) {
      if (watch.rollback || conductor.faulty) break;
      await this.#scene.minute(rung.stage, rung.bakeMinutes + extra, attempt);
      verdict = await look();
    }
    if (watch.rollback || (conductor.faulty && !withstood)) return verdict;
    if (rung.stage === "ramp-50") this.#control = verdict.control;
    const { criteria, control } = verdict;
    await rollout.judged(rung.stage, verdict.verdict, { criteria, control });
    record.event("verdict", `${rung.stage}: ${verdict.verdict}${reasons(verdict)}`, "judge");
    return verdict;
  }

  #close(
    { stage }: Rung,
    attempt: number,
    from: number,
    forced: StageRun["verdict"] | undefined,
    { verdict, criteria }: StageVerdict,
  ): void {
    const { record } = this.#scene.parts;
    record.stages.push({ stage, attempt, verdict: forced ?? verdict, from, to: record.minute, criteria });
  }

  #exposure({ stage }: Rung, attempt: number, yachts: number, from: number): void {
    const { record, judging, clock } = this.#scene.parts;
    const planned = (100 * yachts) / this.#scene.yachtIds.length;
    const requests = (version: "v1" | "v2") =>
      judging.metrics.sum("requests", version, from, clock.now()) ?? 0;
    const all = requests("v1") + requests("v2");
    record.exposure.push({
      stage,
      attempt,
      yachts: { planned, observed: this.#scene.observed(stage) },
      requests: { planned, observed: all > 0 ? (100 * requests("v2")) / all : 0 },
    });
  }

  /** Whether the stage after this one is let through, unproven as this one is. */
  async #rises({ stage }: Rung): Promise<boolean> {
    const { rollout, record } = this.#scene.parts;
    const next = stageNames[stageNames.indexOf(stage) + 1];
    if (!next) return false;
    try {
      await rollout.advance(next);
      record.event("stage", `${next} was deployed although ${stage} has not passed`, "rehearsal");
      return true;
    } catch (error) {
      if (!(error instanceof AdvanceRefused)) throw error;
      record.event("stage", `${next} refused: ${error.message}`, "rehearsal");
      return false;
    }
  }

  async #stepDown({ stage }: Rung, verdict: StageVerdict): Promise<Climb> {
    this.steppedDown = await stepDown(this.#scene, stage, verdict);
    return "steppedDown";
  }
}

function patienceWith(expected: Expectation): number {
  return "rollback" in expected
    ? Math.max(missedAfterMinutes, Math.ceil(expected.withinSeconds / 60) + 1)
    : missedAfterMinutes;
}

function reasons({ criteria }: StageVerdict): string {
  const open = criteria.filter(({ verdict }) => verdict !== "pass");
  return open.length > 0 ? `: ${open.map(({ measure, reason }) => `${measure}: ${reason}`).join("; ")}` : "";
}
