import { type Stage, type StageName, stageNames, stageOf } from "../../../flags/plan.ts";
import { judge, type StageVerdict } from "../../../monitoring/judge.ts";
import type { StageRun } from "../../../monitoring/report/timeline.ts";
import type { ControlRecord } from "../../../monitoring/window-reading.ts";
import type { Step } from "../apply.ts";
import { type FaultName, faults } from "../faults/catalogue.ts";
import type { Fault } from "../faults/fault.ts";
import { AdvanceRefused } from "../local-rollout.ts";
import type { Scene } from "./scene.ts";

/** How a climb ended. With a fault on, nothing rolled back: it was `missed`, or must not have and was `withstood`. */
export type Climb = "completed" | "rolledBack" | "missed" | "withstood" | "failed";

/** The bake goes on this long before the fault begins, so that there is a healthy past. */
const faultMinute = 10;
/** A rollback that has not begun by then never will: the longest alarm looks back 5 minutes. */
const missedAfterMinutes = 15;
/** How long a stage may wait for the planned exposure, and an inconclusive one for more samples. */
const patienceMinutes = { exposure: 10, samples: 30 };

type Rung = Stage & { readonly stage: Exclude<StageName, "off"> };

/** Moves the rollout up, stage by stage: stack update, exposure as planned, bake, verdict. */
export class Ascent {
  readonly #scene: Scene;
  /** Virtual time at which the fault began. */
  causeAt: number | undefined;
  #control: ControlRecord | undefined;

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  /** From canary-5 to that stage. The fault begins in the stage that the options name. */
  async climb(attempt: number, to: StageName, fault: FaultName | undefined): Promise<Climb> {
    for (const name of stageNames.slice(1, stageNames.indexOf(to) + 1)) {
      const rung = stageOf(name) as Rung;
      const injected = fault && this.#scene.parts.options.at === name ? fault : undefined;
      const result = await this.#rung(rung, attempt, injected);
      if (result !== "completed") return result;
    }
    return "completed";
  }

  async #rung(rung: Rung, attempt: number, fault: FaultName | undefined): Promise<Climb> {
    const { record, terminal, conductor, clock } = this.#scene.parts;
    const started = record.minute;
    const cohort = await this.#raise(rung, attempt);
    if (!(await this.#exposed(cohort.length))) {
      record.event("verdict", `${rung.stage}: exposure did not become ${rung.percent} %`, "judge");
      return "failed";
    }
    terminal.begin(rung.stage, rung.bakeMinutes);
    const signsLater = fault && (faults[fault] as Fault).signs;
    conductor.signing = signsLater ? [] : cohort;
    const from = clock.now();
    const baked = await this.#bake(rung, attempt, fault, cohort);
    const verdict = await this.#judged(rung, attempt, from, baked === "withstood");
    conductor.signing = [];
    terminal.end();
    this.#close(rung, attempt, started, baked === "rolledBack" ? baked : undefined, verdict);
    this.#exposure(rung, attempt, cohort.length, from);
    if (baked === "withstood" && verdict.verdict !== "pass" && (await this.#rises(rung))) return "failed";
    if (baked !== "completed") return baked;
    return verdict.verdict === "pass" ? "completed" : this.#refused(rung, verdict);
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

  /** The bake counts from when the yachts really are where the document says. */
  async #exposed(yachts: number): Promise<boolean> {
    const wanted = (100 * yachts) / this.#scene.yachtIds.length;
    for (let minute = 0; minute < patienceMinutes.exposure; minute++) {
      await this.#scene.hold();
      if (Math.abs(this.#scene.observed() - wanted) < 1e-9) return true;
    }
    return false;
  }

  async #bake(
    { stage, bakeMinutes }: Rung,
    attempt: number,
    injected: FaultName | undefined,
    cohort: readonly string[],
  ): Promise<Climb> {
    const { watch, clock } = this.#scene.parts;
    const fault: Fault | undefined = injected && faults[injected];
    for (let minute = 0; minute < bakeMinutes; minute++) {
      if (injected && minute === faultMinute) await this.#inject(injected, cohort);
      await this.#scene.minute(stage, minute, attempt);
      if (watch.rollback) return "rolledBack";
      const since = fault && this.causeAt !== undefined ? clock.now() - this.causeAt : 0;
      if (!fault?.expectNone && since > missedAfterMinutes * 60_000) return "missed";
    }
    return fault?.expectNone ? "withstood" : "completed";
  }

  async #inject(name: FaultName, cohort: readonly string[]): Promise<void> {
    const { stack, conductor, record, clock } = this.#scene.parts;
    const fault: Fault = faults[name];
    conductor.faulty = true;
    conductor.signing = fault.signs ? cohort : [];
    await stack.fault(name);
    this.causeAt = clock.now();
    record.event("fault", `fault: ${fault.description}`, "rehearsal");
  }

  /** Judges the bake; while it is inconclusive the stage goes on, for a while. */
  async #judged(rung: Rung, attempt: number, from: number, withstood: boolean): Promise<StageVerdict> {
    const { clock, judging, rollout, record, watch } = this.#scene.parts;
    const look = () =>
      judge(rung.stage, {
        ...judging,
        from,
        to: clock.now(),
        ...(this.#control ? { control: this.#control } : {}),
      });
    let verdict = await look();
    for (let extra = 0; extra < patienceMinutes.samples && verdict.verdict === "inconclusive"; extra++) {
      if (watch.rollback || this.#scene.parts.conductor.faulty) break;
      await this.#scene.minute(rung.stage, rung.bakeMinutes + extra, attempt);
      verdict = await look();
    }
    if (watch.rollback || (this.#scene.parts.conductor.faulty && !withstood)) return verdict;
    if (rung.stage === "ramp-50") this.#control = verdict.control;
    const { criteria, control } = verdict;
    await rollout.judged(rung.stage, verdict.verdict, { criteria, control });
    record.event("verdict", `${rung.stage}: ${verdict.verdict}${reasons(verdict)}`, "judge");
    return verdict;
  }

  #close(
    rung: Rung,
    attempt: number,
    from: number,
    forced: StageRun["verdict"] | undefined,
    verdict: StageVerdict,
  ): void {
    const { record } = this.#scene.parts;
    const { stage } = rung;
    record.stages.push({
      stage,
      attempt,
      verdict: forced ?? verdict.verdict,
      from,
      to: record.minute,
      criteria: verdict.criteria,
    });
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

  /** A criterion failed, or could not be proven: back to the previous stage, and the rollout lock. Source: domain.md. */
  async #refused({ stage }: Rung, { verdict, criteria }: StageVerdict): Promise<Climb> {
    const { rollout, record } = this.#scene.parts;
    if (verdict === "fail") {
      const previous = stageNames[stageNames.indexOf(stage) - 1] as StageName;
      const cause = criteria.find((criterion) => criterion.verdict === "fail")?.measure ?? "judge";
      await rollout.reconcile(previous, cause, []);
      record.event("rollback", `${cause} failed in ${stage}: back to ${previous}, locked`, "judge");
    }
    return "failed";
  }
}

function reasons({ criteria }: StageVerdict): string {
  const open = criteria.filter(({ verdict }) => verdict !== "pass");
  return open.length > 0 ? `: ${open.map(({ measure, reason }) => `${measure}: ${reason}`).join("; ")}` : "";
}
