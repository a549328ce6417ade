import { declaration } from "../../../flags/plan.ts";
import { jobNames, jobSchedule } from "../../../monitoring/job-schedule.ts";
import { judge } from "../../../monitoring/judge.ts";
import { declare, declaredDays } from "../../../monitoring/readiness/declare.ts";
import { signOff } from "../../../monitoring/readiness/sign-off.ts";
import { type Decision, isRefused } from "../../../monitoring/rollout/verbs/decision.ts";
import { jobFunction } from "../../jobs/job-function.ts";
import { physicalName } from "../../naming.ts";
import { LocalView } from "../../update/local-view.ts";
import type { Scene } from "./scene.ts";

/** The days after the last stage, and what came of declaring. */
export interface WeekPassed {
  readonly days: number;
  /** Virtual minutes that went by; fewer than the days have when something rolled back. */
  readonly minutes: number;
  readonly requests: number;
  /** Why it was refused before the days were over: it has to be. */
  readonly refusedEarly: string | undefined;
  /** Why it was refused in the end; undefined: it was declared. */
  readonly refused: string | undefined;
  /** Keys of the alarms that fired in these days. */
  readonly fired: readonly string[];
  /** How often each scheduled job has run without an error. */
  readonly jobs: Readonly<Record<string, number>>;
}

const name = declaration.name;
const minutesOfDays = declaration.days * 24 * 60;
/** In these days a job that runs more often does so once in so many minutes: its alarm takes 15 for silence. */
const leastMinutes = 10;

const functionNames = new Map(
  jobNames.map((job) => [physicalName("function", "local", jobFunction(job)), job] as const),
);

/** How many runs of a schedule are taken as one in these days, by its name. */
export function thinnedJobs(scheduleName: string): number {
  const job = functionNames.get(scheduleName);
  return job ? Math.max(1, Math.floor(leastMinutes / jobSchedule[job].everyMinutes)) : 1;
}

/** Seven more days at 100 %, with sparse traffic and everything that runs by itself; then it is declared. */
export class ProductionWeek {
  readonly #scene: Scene;
  readonly #fired = new Set<string>();

  readonly #runs: ReadonlyMap<string, number>;

  /** `runs`: how often each function has succeeded so far, by its physical name. */
  constructor(scene: Scene, runs: ReadonlyMap<string, number>) {
    this.#scene = scene;
    this.#runs = runs;
  }

  async pass(attempt: number): Promise<WeekPassed> {
    const { terminal, record, conductor, observations, watch } = this.#scene.parts;
    const [before, from, ran] = [observations.total, record.minute, new Map(this.#runs)];
    terminal.heading(`${name}: ${declaration.days} days at 100 %`);
    const refusedEarly = await this.#declare();
    terminal.begin(name, minutesOfDays);
    conductor.signing = this.#scene.yachtIds;
    let minutes = 0;
    for (; minutes < minutesOfDays && !watch.rollback; minutes++) await this.#minute(minutes, attempt);
    conductor.signing = [];
    terminal.end();
    const refused = watch.rollback ? `rolled back by ${watch.rollback.cause}` : await this.#end(from);
    const requests = observations.total - before;
    const jobs = this.#jobsSince(ran);
    return {
      days: declaration.days,
      minutes,
      requests,
      refusedEarly,
      refused,
      fired: [...this.#fired],
      jobs,
    };
  }

  #jobsSince(before: ReadonlyMap<string, number>): Record<string, number> {
    const runs = [...functionNames].map(
      ([functionName, job]) =>
        [job, (this.#runs.get(functionName) ?? 0) - (before.get(functionName) ?? 0)] as const,
    );
    return Object.fromEntries(runs);
  }

  async #minute(minute: number, attempt: number): Promise<void> {
    await this.#scene.minute(name, minute, attempt);
    for (const key of this.#scene.firing()) this.#fired.add(key);
  }

  async #end(from: number): Promise<string | undefined> {
    const { rollout } = this.#scene.parts;
    // No person is behind it, and it says so.
    const signed = signOff(await rollout.state(), this.#caller(), {
      name: "the rehearsal itself",
      role: "automation, nobody in person",
    });
    await this.#record(signed);
    return this.#declare(from);
  }

  /** Why it was refused; undefined when it stands in the log. */
  async #declare(from?: number): Promise<string | undefined> {
    const { rollout, judging, clock, service, stack, record } = this.#scene.parts;
    const days = declaredDays(clock.now());
    const { verdict, criteria } = await judge(name, { ...judging, ...days });
    const live = await new LocalView(stack, service).live();
    const decision = declare(await rollout.state(), live, this.#caller(), { ...days, criteria });
    const refused = await this.#record(decision);
    record.event("verdict", refused ?? (decision as { text: string }).text, "judge");
    if (from !== undefined) {
      const whole = { from, to: record.minute };
      record.stages.push({
        stage: name,
        attempt: 1,
        verdict: refused ? "inconclusive" : verdict,
        ...whole,
        criteria,
      });
    }
    return refused;
  }

  async #record(decision: Decision): Promise<string | undefined> {
    if (isRefused(decision)) return decision.refused;
    for (const event of decision.events) await this.#scene.parts.rollout.record(event);
    return undefined;
  }

  #caller() {
    return { actor: "rehearsal", at: new Date(this.#scene.parts.clock.now()).toISOString() };
  }
}
