import { type EventLog, LogMovedError } from "../../monitoring/rollout/event-log.ts";
import type { LiveView } from "../../monitoring/rollout/live-view.ts";
import type { RolloutState } from "../../monitoring/rollout/state.ts";
import { approve } from "../../monitoring/rollout/verbs/approve.ts";
import { type Decision, isRefused } from "../../monitoring/rollout/verbs/decision.ts";
import { explain, explanationText } from "../../monitoring/rollout/verbs/explain.ts";
import { hold } from "../../monitoring/rollout/verbs/hold.ts";
import { lease, release } from "../../monitoring/rollout/verbs/lease.ts";
import { resume } from "../../monitoring/rollout/verbs/resume.ts";
import { status, statusText } from "../../monitoring/rollout/verbs/status.ts";
import { unlock } from "../../monitoring/rollout/verbs/unlock.ts";
import { nextStep, type Step } from "../../monitoring/rollout/verbs/watch.ts";
import type { Clock } from "../local/clock.ts";
import type { LocalStack } from "../local/local-stack.ts";
import type { ServiceOutputs } from "../local/stack-outputs.ts";
import { type ControlRequest, type ControlResult, done, refused } from "./control-request.ts";
import { LocalDescent } from "./local-descent.ts";
import { LocalJudge } from "./local-judge.ts";
import { type Asked, LocalMoves, type Tell } from "./local-moves.ts";
import { LocalObserver } from "./local-observer.ts";
import { LocalView } from "./local-view.ts";

const environment = "local";
/** A round of the runner ends after this many decisions at the latest. */
const mostSteps = 4;

type Handler = (asked: Asked, tell: Tell) => Promise<ControlResult>;

export interface LocalControlParts {
  readonly stack: LocalStack;
  readonly service: ServiceOutputs;
  readonly log: EventLog;
  readonly clock: Clock;
  /** Something that nobody asked for: to the terminal of the stack. */
  readonly note: (text: string) => void;
}

/** Turns verbs into events and updates of a local stack. What a verb may do is decided in monitoring/rollout/verbs. */
export class LocalControl {
  readonly #parts: LocalControlParts;
  readonly #observer: LocalObserver;
  readonly #judge: LocalJudge;
  readonly #descent: LocalDescent;
  readonly #moves: LocalMoves;
  #tidying: Promise<void> | undefined;

  constructor(parts: LocalControlParts) {
    const { stack, service, clock, log } = parts;
    const view = new LocalView(stack, service);
    this.#parts = parts;
    this.#observer = new LocalObserver(log, view, clock);
    this.#judge = new LocalJudge(stack, service, clock);
    this.#descent = new LocalDescent({ stack, service, view });
    const own = { observer: this.#observer, judge: this.#judge, descent: this.#descent };
    this.#moves = new LocalMoves({ ...parts, ...own });
  }

  readonly #handlers: Readonly<Record<ControlRequest["verb"], Handler>> = {
    status: (asked) => this.#status(asked),
    explain: (asked) => this.#explain(asked),
    advance: (asked, tell) => this.#advanceProven(asked, tell),
    rollback: (asked, tell) => this.#moves.rollback(asked, tell),
    acknowledge: (asked, tell) => this.#moves.acknowledge(asked, tell),
    hold: (asked) => this.#decide((state) => hold(state, asked.caller, reasonOf(asked))),
    resume: (asked) => this.#decide((state) => resume(state, asked.caller, reasonOf(asked))),
    approve: (asked) =>
      this.#decide((state) => approve(state, asked.caller, { stage: asked.stage, ...reasonOf(asked) })),
    unlock: (asked) => this.#decide((state) => unlock(state, asked.caller, reasonOf(asked))),
    lease: (asked) => this.#decide((state) => lease(state, asked.caller)),
    release: (asked) => this.#decide((state) => release(state, asked.caller)),
    watch: (asked, tell) => this.#watch(asked, tell),
  };

  async perform(request: ControlRequest, tell: Tell): Promise<ControlResult> {
    const { actor, runner } = request;
    // Going down waits for nothing, not even for what is being put in order.
    if (request.verb !== "rollback") await this.tidy();
    const caller = { actor, runner, at: this.#observer.at() };
    try {
      return await this.#handlers[request.verb]({ ...request, caller }, tell);
    } catch (error) {
      if (error instanceof LogMovedError) return refused(error.message);
      throw error;
    }
  }

  /**
   * What happened without a verb is recorded, and the document is brought to where the log is, as soon as no alarm
   * would undo that. Called once a second; never runs twice at once.
   */
  tidy(): Promise<void> {
    this.#tidying ??= this.#putInOrder().finally(() => {
      this.#tidying = undefined;
    });
    return this.#tidying;
  }

  async #putInOrder(): Promise<void> {
    const { state, live } = await this.#observer.look();
    const step = nextStep({
      state,
      live,
      at: this.#observer.at(),
      bakeFrom: this.#observer.bakeFrom(state),
      judged: false,
    });
    if (step.do === "record") await this.#moves.recordOutside(step);
    const { stage } = step.do === "record" ? await this.#observer.state() : state;
    if (await this.#descent.follow(this.#moves.rollout("part-lens"), stage)) {
      this.#parts.note(`the flag document is brought to ${stage}`);
    }
  }

  async #status({ bakeMinutes }: Asked): Promise<ControlResult> {
    const { state, live } = await this.#observer.look();
    const now = { at: this.#observer.at(), bakeFrom: this.#observer.bakeFrom(state), bakeMinutes };
    const view = status(environment, state, live, now);
    return done(statusText(view), view);
  }

  async #explain({ traffic, bakeMinutes, runner }: Asked): Promise<ControlResult> {
    const { state, live } = await this.#observer.look();
    const look = await this.#judge.look(state, this.#observer.bakeFrom(state), bakeMinutes);
    const expected = this.#judge.traffic(traffic, bakeMinutes);
    const explanation = explain(state, live, { look, runner, traffic: expected });
    return done(explanationText(explanation), explanation);
  }

  async #decide(decide: (state: RolloutState) => Decision): Promise<ControlResult> {
    const state = await this.#observer.state();
    const decision = decide(state);
    if (isRefused(decision)) return refused(decision.refused);
    for (const [index, event] of decision.events.entries())
      await this.#parts.log.append(event, state.history.length + index);
    return done(decision.text, { events: decision.events });
  }

  /** The verb judges a stage whose bake is over before it leaves it, as the runner does. */
  async #advanceProven(asked: Asked, tell: Tell): Promise<ControlResult> {
    const { bakeMinutes } = asked;
    const next = async (judged: boolean) => {
      const seen = await this.#observer.look();
      const when = { at: this.#observer.at(), bakeFrom: this.#observer.bakeFrom(seen.state), bakeMinutes };
      return { step: nextStep({ ...seen, ...when, judged }), state: seen.state };
    };
    const before = await next(false);
    if (before.step.do === "judge") await this.#moves.judged(before.state, asked, tell);
    const { step, state } = before.step.do === "judge" ? await next(true) : before;
    if (step.do !== "rollback") return this.#moves.advance(asked, tell);
    await this.#moves.rollback({ ...asked, stage: step.to, reason: step.cause }, tell);
    return refused(`${state.stage} failed its check (${step.cause}): back to ${step.to}, locked`);
  }

  /** One round of the runner. Without the lease it does nothing. */
  async #watch(asked: Asked, tell: Tell): Promise<ControlResult> {
    const { runner, bakeMinutes } = asked;
    const steps: Step[] = [];
    for (let judged = false; steps.length < mostSteps; ) {
      const { state, live: seen } = await this.#observer.look();
      if (!runner || state.lease?.runner !== runner)
        return refused("this runner does not hold the lease any more");
      const live = bakeMinutes === undefined ? seen : ({ ...seen, deployment: undefined } as LiveView);
      const traffic =
        asked.traffic === undefined ? undefined : this.#judge.traffic(asked.traffic, bakeMinutes);
      const bakeFrom = this.#observer.bakeFrom(state);
      const step = nextStep({
        state,
        live,
        at: this.#observer.at(),
        bakeFrom,
        bakeMinutes,
        runner,
        traffic,
        judged,
      });
      steps.push(step);
      judged = step.do === "judge";
      const ended = await this.#take(step, state, asked, tell);
      if (ended) return { ...ended, data: { step: steps.at(-1), steps } };
    }
    return done("more to do", { step: steps.at(-1), steps });
  }

  /** Does what the runner decided; undefined when the round goes on. */
  async #take(step: Step, state: RolloutState, asked: Asked, tell: Tell): Promise<ControlResult | undefined> {
    const own = { ...asked, caller: { ...asked.caller, at: this.#observer.at() } };
    switch (step.do) {
      case "judge":
        return this.#moves.judged(state, asked, tell);
      case "record":
        await this.#moves.recordOutside(step);
        return undefined;
      case "rollback":
        return this.#moves.rollback({ ...own, stage: step.to, reason: step.cause }, tell);
      case "advance":
        return this.#moves.advance({ ...own, stage: step.to }, tell);
      default:
        return done(step.why, {});
    }
  }
}

function reasonOf({ reason }: Asked): { readonly reason?: string } {
  return reason === undefined ? {} : { reason };
}
