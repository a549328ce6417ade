import { declaration } from "../../../flags/plan.ts";
import { judge } from "../../../monitoring/judge.ts";
import { declare, declaredDays } from "../../../monitoring/readiness/declare.ts";
import { signOff } from "../../../monitoring/readiness/sign-off.ts";
import { type Decision, isRefused } from "../../../monitoring/rollout/verbs/decision.ts";
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
}

const name = declaration.name;
const minutesOfDays = declaration.days * 24 * 60;

/** Seven more days at 100 %, with sparse traffic and everything that runs by itself; then it is declared. */
export class ProductionWeek {
  readonly #scene: Scene;
  readonly #fired = new Set<string>();

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  async pass(attempt: number): Promise<WeekPassed> {
    const { terminal, record, conductor, observations, watch } = this.#scene.parts;
    const [before, from] = [observations.total, record.minute];
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
    return { days: declaration.days, minutes, requests, refusedEarly, refused, fired: [...this.#fired] };
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
