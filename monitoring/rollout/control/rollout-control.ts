import { declaration } from "../../../flags/plan.ts";
import { declare, declaredDays } from "../../readiness/declare.ts";
import { signOff } from "../../readiness/sign-off.ts";
import { LogMovedError } from "../event-log.ts";
import type { RolloutPlace } from "../place.ts";
import type { RolloutState } from "../state.ts";
import { approve } from "../verbs/approve.ts";
import { type Decision, isRefused } from "../verbs/decision.ts";
import { explain, explanationText } from "../verbs/explain.ts";
import { hold } from "../verbs/hold.ts";
import { lease, release } from "../verbs/lease.ts";
import { report } from "../verbs/report.ts";
import { resume } from "../verbs/resume.ts";
import { status, statusText } from "../verbs/status.ts";
import { unlock } from "../verbs/unlock.ts";
import { nextStep, type Step } from "../verbs/watch.ts";
import { type ControlRequest, type ControlResult, done, refused } from "./control-request.ts";
import { type Asked, RolloutMoves, type Tell } from "./rollout-moves.ts";
import { RolloutObserver, type Seen } from "./rollout-observer.ts";
import { databasesSeen, expectedTraffic, lookAtStage } from "./stage-look.ts";

/** A round of the runner ends after this many decisions at the latest. */
const mostSteps = 4;
/** Verbs that only look: they put nothing in order first, and need no right to write. */
const looking: ReadonlySet<string> = new Set(["status", "explain", "report"]);

type Handler = (asked: Asked, tell: Tell) => Promise<ControlResult>;

/** Turns verbs into events and moves of a place. What a verb may do is decided in monitoring/rollout/verbs. */
export class RolloutControl {
  readonly #place: RolloutPlace;
  readonly #observer: RolloutObserver;
  readonly #moves: RolloutMoves;
  #tidying: Promise<void> | undefined;

  constructor(place: RolloutPlace) {
    this.#place = place;
    this.#observer = new RolloutObserver(place);
    this.#moves = new RolloutMoves(place, this.#observer);
  }

  readonly #handlers: Readonly<Record<ControlRequest["verb"], Handler>> = {
    status: (asked) => this.#status(asked),
    explain: (asked) => this.#explain(asked),
    report: () => this.#report(),
    advance: (asked, tell) => this.#advanceProven(asked, tell),
    rollback: (asked, tell) => this.#moves.rollback(asked, tell),
    acknowledge: (asked, tell) => this.#moves.acknowledge(asked, tell),
    hold: (asked) => this.#decide((state) => hold(state, asked.caller, reasonOf(asked))),
    resume: (asked) => this.#decide((state) => resume(state, asked.caller, reasonOf(asked))),
    approve: (asked) =>
      this.#decide((state) => approve(state, asked.caller, { stage: asked.stage, ...reasonOf(asked) })),
    unlock: (asked) => this.#decide((state) => unlock(state, asked.caller, reasonOf(asked))),
    "sign-off": (asked) => this.#decide((state) => signOff(state, asked.caller, asked)),
    declare: (asked) => this.#declare(asked),
    lease: (asked) => this.#decide((state) => lease(state, asked.caller)),
    release: (asked) => this.#decide((state) => release(state, asked.caller)),
    watch: (asked, tell) => this.#watch(asked, tell),
    judge: (asked, tell) => this.#judge(asked, tell),
  };

  async perform(request: ControlRequest, tell: Tell): Promise<ControlResult> {
    const { actor, runner } = request;
    // Going down waits for nothing, not even for what is being put in order.
    if (request.verb !== "rollback" && !looking.has(request.verb)) await this.tidy();
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
    const seen = await this.#observer.look();
    const step = nextStep({ ...seen, at: this.#observer.at(), judged: false });
    if (step.do === "record") await this.#moves.recordOutside(step, seen);
    // Without any event nobody has recorded why a document exposes somebody: it is not this that takes it away.
    if (seen.state.history.length === 0 && (seen.live.percent ?? 0) > 0) return;
    await this.#moves.takeUp(seen);
    const { stage } = step.do === "record" ? await this.#observer.state() : seen.state;
    if (await this.#place.lower(stage)) this.#place.note(`the flag document is brought to ${stage}`);
  }

  async #status({ bakeMinutes }: Asked): Promise<ControlResult> {
    const [seen, served] = await Promise.all([this.#observer.look(), this.#place.code?.served()]);
    const { state, live, bakeFrom } = seen;
    const now = { at: this.#observer.at(), bakeFrom, bakeMinutes, declared: served?.live };
    const view = status(this.#place.environment, state, live, now);
    return done(statusText(view), view);
  }

  async #explain({ traffic, bakeMinutes, runner }: Asked): Promise<ControlResult> {
    const seen = await this.#observer.look();
    const look = await lookAtStage(this.#place, seen, bakeMinutes);
    const expected = await expectedTraffic(this.#place, traffic, bakeMinutes);
    const databases = await databasesSeen(this.#place);
    const explanation = explain(seen.state, seen.live, { look, runner, traffic: expected, databases });
    return done(explanationText(explanation), explanation);
  }

  async #report(): Promise<ControlResult> {
    const record = await report(this.#place);
    if (!record) return refused("nothing has moved yet: there is no rollout to report on");
    return done(record.outcome.text, record);
  }

  async #decide(decide: (state: RolloutState) => Decision): Promise<ControlResult> {
    const state = await this.#observer.state();
    const decision = decide(state);
    if (isRefused(decision)) return refused(decision.refused, decision.missing);
    for (const [index, event] of decision.events.entries())
      await this.#place.log.append(event, state.history.length + index);
    return done(decision.text, { events: decision.events });
  }

  /** The declaration is judged anew, over the days before this moment. */
  async #declare({ caller, bakeMinutes }: Asked): Promise<ControlResult> {
    const { live } = await this.#observer.look();
    const days = declaredDays(Date.parse(caller.at), bakeMinutes);
    const { criteria } = await this.#place.judge(declaration.name, { ...days, bakeMinutes });
    return this.#decide((state) => declare(state, live, caller, { ...days, criteria }));
  }

  /** The verb judges a stage whose bake is over before it leaves it, as the runner does. */
  async #advanceProven(asked: Asked, tell: Tell): Promise<ControlResult> {
    const { bakeMinutes } = asked;
    const next = async (judged: boolean) => {
      const seen = await this.#observer.look();
      return { step: nextStep({ ...seen, at: this.#observer.at(), bakeMinutes, judged }), seen };
    };
    const before = await next(false);
    if (before.step.do === "judge") await this.#moves.judged(before.seen, asked, tell);
    const { step, seen } = before.step.do === "judge" ? await next(true) : before;
    if (step.do === "deploy") return this.#moves.deploy(step.to, `the move to ${step.to} is finished`, tell);
    if (step.do !== "rollback") return this.#moves.advance(asked, tell);
    await this.#moves.rollback({ ...asked, stage: step.to, reason: step.cause }, tell, "failedCheck");
    return refused(`${seen.state.stage} failed its check (${step.cause}): back to ${step.to}, locked`);
  }

  /** One round of the runner. Without the lease it does nothing. */
  async #watch(asked: Asked, tell: Tell): Promise<ControlResult> {
    const { runner, bakeMinutes } = asked;
    const steps: Step[] = [];
    for (let judged = false; steps.length < mostSteps; ) {
      const seen = await this.#observer.look();
      if (!runner || seen.state.lease?.runner !== runner)
        return refused("this runner does not hold the lease any more");
      const live = bakeMinutes === undefined ? seen.live : { ...seen.live, deployment: undefined };
      const traffic =
        asked.traffic === undefined
          ? undefined
          : await expectedTraffic(this.#place, asked.traffic, bakeMinutes);
      const at = this.#observer.at();
      const step = nextStep({ ...seen, live, at, bakeMinutes, runner, traffic, judged });
      steps.push(step);
      judged = step.do === "judge";
      const ended = await this.#take(step, seen, asked, tell);
      if (ended) return { ...ended, data: { step: steps.at(-1), steps } };
    }
    return done("more to do", { step: steps.at(-1), steps });
  }

  /** One look of the judge: what the runner would do, but for what raises. No lease, hold or approval keeps it from going down. */
  async #judge(asked: Asked, tell: Tell): Promise<ControlResult> {
    let judged = false;
    for (let looks = 0; looks < mostSteps; looks++) {
      const seen = await this.#observer.look();
      const step = nextStep({ ...seen, at: this.#observer.at(), judged });
      if (step.do === "rollback" || step.do === "record" || step.do === "judge") {
        judged = step.do === "judge";
        const ended = await this.#take(step, seen, asked, tell);
        if (ended) return ended;
      } else return done("why" in step ? step.why : `${step.to} may follow`, { step });
    }
    return done("more to do", {});
  }

  /** Does what the runner decided; undefined when the round goes on. */
  async #take(step: Step, seen: Seen, asked: Asked, tell: Tell): Promise<ControlResult | undefined> {
    const own = { ...asked, caller: { ...asked.caller, at: this.#observer.at() } };
    switch (step.do) {
      case "judge":
        return this.#moves.judged(seen, asked, tell);
      case "record":
        await this.#moves.recordOutside(step, seen);
        return undefined;
      case "rollback":
        return this.#moves.rollback({ ...own, stage: step.to, reason: step.cause }, tell, "failedCheck");
      case "deploy":
        return this.#moves.deploy(step.to, `the move to ${step.to} is finished`, tell);
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
