import { type StageName, stageNames, stageOf } from "../../flags/plan.ts";
import type { RolloutEvent } from "../../monitoring/rollout/event.ts";
import type { EventLog } from "../../monitoring/rollout/event-log.ts";
import type { LiveView } from "../../monitoring/rollout/live-view.ts";
import type { RolloutState } from "../../monitoring/rollout/state.ts";
import { acknowledge } from "../../monitoring/rollout/verbs/acknowledge.ts";
import { advance } from "../../monitoring/rollout/verbs/advance.ts";
import { type Caller, isRefused } from "../../monitoring/rollout/verbs/decision.ts";
import { rollback } from "../../monitoring/rollout/verbs/rollback.ts";
import type { Step } from "../../monitoring/rollout/verbs/watch.ts";
import type { Clock } from "../local/clock.ts";
import { LocalRollout } from "../local/local-rollout.ts";
import type { LocalStack } from "../local/local-stack.ts";
import type { ServiceOutputs } from "../local/stack-outputs.ts";
import { type ControlRequest, type ControlResult, done, refused } from "./control-request.ts";
import type { LocalDescent } from "./local-descent.ts";
import type { LocalJudge } from "./local-judge.ts";
import { type LocalObserver, patienceSeconds } from "./local-observer.ts";

/** Hears how the work goes. */
export type Tell = (progress: string) => void;
/** A request, with who asks and when. */
export type Asked = ControlRequest & { readonly caller: Caller };

export interface LocalMovesParts {
  readonly stack: LocalStack;
  readonly service: ServiceOutputs;
  readonly log: EventLog;
  readonly clock: Clock;
  readonly observer: LocalObserver;
  readonly judge: LocalJudge;
  readonly descent: LocalDescent;
  /** Something that nobody asked for: to the terminal of the stack. */
  readonly note: (text: string) => void;
}

/** What moves a local rollout or writes down that it moved: each is the log first, then the stack, then a look. */
export class LocalMoves {
  readonly #parts: LocalMovesParts;
  readonly #observer: LocalObserver;
  readonly #judge: LocalJudge;
  readonly #descent: LocalDescent;

  constructor(parts: LocalMovesParts) {
    this.#parts = parts;
    this.#observer = parts.observer;
    this.#judge = parts.judge;
    this.#descent = parts.descent;
  }

  rollout(actor: string): LocalRollout {
    const { stack, service, log, clock } = this.#parts;
    const { flags: places, pin, fleet } = service;
    return new LocalRollout({ stack, log, clock, places, pin, yachts: fleet.yachts, actor });
  }

  async advance(asked: Asked, tell: Tell): Promise<ControlResult> {
    const { caller, stage: to, bakeMinutes } = asked;
    const { state, live: seen } = await this.#observer.look();
    // In a trial the bake of AppConfig itself is cut short, too.
    const live = bakeMinutes === undefined ? seen : { ...seen, deployment: undefined };
    const expected =
      asked.traffic === undefined ? undefined : this.#judge.traffic(asked.traffic, bakeMinutes);
    const { yachts } = this.#parts.service.fleet;
    const decision = advance(state, live as LiveView, caller, { to, yachts, traffic: expected });
    if (isRefused(decision)) return refused(decision.refused);
    const [event] = decision.events as [Extract<RolloutEvent, { kind: "advanced" }>];
    const rollout = this.rollout(caller.actor);
    await rollout.record(event, state.history.length);
    tell(`${decision.text}; updating the rollout layer`);
    if (bakeMinutes !== undefined) rollout.stopDeployments();
    await rollout.deploy(event.to);
    tell("waiting until the live document is the planned one");
    return this.#arrived(event.to, decision.text);
  }

  async #arrived(to: StageName, text: string): Promise<ControlResult> {
    const { percent } = stageOf(to);
    const { state, live } = await this.#observer.until(
      ({ state, live }) =>
        state.stage !== to || live.lock.locked || (live.documentStage === to && live.percent === percent),
    );
    if (state.stage !== to || live.lock.locked) {
      return refused(`${to} was left before it was live: ${live.lock.locked ? live.lock.cause : "lowered"}`);
    }
    if (live.documentStage === to && live.percent === percent)
      return done(`${text}; live: ${percent} %`, { stage: to, percent, cohort: state.cohort });
    const back = stageNames[stageNames.indexOf(to) - 1] as StageName;
    await this.rollout("part-lens").record({
      ...{ kind: "rolledBack", at: this.#observer.at(), actor: "part-lens", to: back },
      ...{ cause: "exposure", alsoFiring: [] },
    } as RolloutEvent);
    const problem = `the document of ${to} was not live within ${patienceSeconds} s: back to ${back}, locked`;
    return { exit: 2, text: problem, data: { error: problem } };
  }

  async rollback(asked: Asked, tell: Tell): Promise<ControlResult> {
    const { caller, stage: to } = asked;
    const decision = rollback(await this.#observer.state(), caller, { to, ...reasonOf(asked) });
    const steps: string[] = [];
    const step = (text: string) => {
      steps.push(text);
      tell(text);
    };
    // A step that fails stops none after it. Source: domain.md, "Rolling back".
    const rollout = this.rollout(caller.actor);
    if (decision.capZero)
      step(await attempted("the kill switch", async () => this.#descent.capZero(caller.actor)));
    for (const event of decision.events)
      step(await attempted("the lock", () => rollout.record(event).then(() => "locked")));
    const lowering = this.#descent.follow(rollout, decision.to).catch((error: Error) => {
      step(`the document could not be lowered yet, it is tried again: ${error.message}`);
      return false;
    });
    const { percent } = stageOf(decision.to);
    const { live, seconds } = await this.#observer.until(({ live: seen }) => isDown(seen, percent));
    step(isDown(live, percent) ? `down after ${seconds} s` : `not down after ${seconds} s`);
    if (!(await lowering) && live.documentStage !== decision.to)
      step("the document follows as soon as no alarm would undo its deployment");
    const data = { to: decision.to, steps, seconds, cap: live.cap, percent: live.percent };
    return { exit: isDown(live, percent) ? 0 : 2, text: decision.text, data };
  }

  async acknowledge(asked: Asked, tell: Tell): Promise<ControlResult> {
    const { state, live } = await this.#observer.look();
    const decision = acknowledge(state, live, asked.caller, reasonOf(asked));
    if (isRefused(decision)) return refused(decision.refused);
    await this.rollout(asked.caller.actor).acknowledge(asked.reason ?? "", state.history.length);
    tell("waiting until the kill switch is armed");
    const after = await this.#observer.until(({ live: seen }) => seen.cap === 100);
    const armed = after.live.cap === 100;
    const text = armed ? decision.text : "acknowledged, but the kill switch is not armed yet";
    return { exit: armed ? 0 : 2, text, data: { events: decision.events, cap: after.live.cap } };
  }

  /** Judges the stage; what has not changed since the last look is not written again. */
  async judged(state: RolloutState, { bakeMinutes }: Asked, tell: Tell): Promise<undefined> {
    const look = await this.#judge.look(state, this.#observer.bakeFrom(state), bakeMinutes);
    if (!look || look.verdict === state.verdict) return undefined;
    const { stage, verdict, criteria, control } = look;
    const details = { criteria, control, ...(bakeMinutes !== undefined && { trial: { bakeMinutes } }) };
    const event = {
      kind: "judged",
      at: this.#observer.at(),
      actor: "judge",
      stage,
      verdict,
      details,
    } as const;
    await this.#parts.log.append(event, state.history.length);
    tell(`${stage} is judged: ${verdict}`);
    return undefined;
  }

  async recordOutside(step: Extract<Step, { do: "record" }>): Promise<void> {
    const { to, cause, alsoFiring } = step;
    const event = {
      kind: "rolledBack",
      at: this.#observer.at(),
      actor: "rollback",
      to,
      cause,
      alsoFiring,
    } as const;
    await this.rollout("rollback").record({ ...event, alsoFiring: [...alsoFiring] });
    this.#parts.note(`rolled back to ${to} because of ${cause}: locked until it is acknowledged`);
  }
}

async function attempted(what: string, work: () => Promise<string>): Promise<string> {
  return work().catch((error: Error) => `${what} failed: ${error.message}`);
}

function isDown({ cap, percent }: LiveView, planned: number): boolean {
  return cap === 0 || (percent !== null && percent <= planned);
}

function reasonOf({ reason }: Asked): { readonly reason?: string } {
  return reason === undefined ? {} : { reason };
}
