import { type StageName, stageNames, stageOf } from "../../../flags/plan.ts";
import type { RolloutEvent } from "../event.ts";
import { LogMovedError } from "../event-log.ts";
import { isDown, type LiveView } from "../live-view.ts";
import type { RolloutPlace } from "../place.ts";
import type { ExpectedTraffic } from "../plan-lint.ts";
import { parameterPath } from "../projection.ts";
import { RolloutRecorder } from "../recorder.ts";
import { originText, type RollbackOrigin } from "../rollback-origin.ts";
import { initialStateOf, type RolloutState } from "../state.ts";
import { acknowledge } from "../verbs/acknowledge.ts";
import { advance } from "../verbs/advance.ts";
import { type Caller, isRefused } from "../verbs/decision.ts";
import { rollback } from "../verbs/rollback.ts";
import type { OutsideRollback } from "../verbs/watch.ts";
import { putCodeBack } from "./code-rollback.ts";
import { type ControlRequest, type ControlResult, done, refused } from "./control-request.ts";
import { RollbackAftermath } from "./rollback-aftermath.ts";
import { type RolledBack, rollbackNews } from "./rollback-news.ts";
import type { RolloutObserver, Seen } from "./rollout-observer.ts";
import { databasesSeen, expectedTraffic, lookAtStage } from "./stage-look.ts";
import { StepRecord } from "./step-record.ts";

/** Hears how the work goes. */
export type Tell = (progress: string) => void;
/** A request, with who asks and when. */
export type Asked = ControlRequest & { readonly caller: Caller };

/** What moves a rollout or writes down that it moved: each is the log first, then the place, then a look. */
export class RolloutMoves {
  readonly #place: RolloutPlace;
  readonly #observer: RolloutObserver;
  readonly #recorder: RolloutRecorder;
  readonly #aftermath: RollbackAftermath;

  constructor(place: RolloutPlace, observer: RolloutObserver) {
    this.#place = place;
    this.#observer = observer;
    this.#recorder = new RolloutRecorder(place.environment, place.log, place.parameters);
    this.#aftermath = new RollbackAftermath(place);
  }

  async advance(asked: Asked, tell: Tell): Promise<ControlResult> {
    const { caller, stage: to, bakeMinutes } = asked;
    const { state, live: seen } = await this.#observer.look();
    // In a trial the bake of AppConfig itself is cut short, too.
    const live: LiveView = bakeMinutes === undefined ? seen : { ...seen, deployment: undefined };
    const yachts = await this.#place.yachts();
    const [traffic, databases] = await Promise.all([this.#traffic(asked), databasesSeen(this.#place)]);
    const decision = advance(state, live, caller, { to, yachts, traffic, databases });
    if (isRefused(decision)) return refused(decision.refused);
    const [event] = decision.events as [Extract<RolloutEvent, { kind: "advanced" }>];
    await this.#recorder.record(event, state.history.length);
    tell(decision.text);
    if (bakeMinutes !== undefined) await this.#place.stopDeployments();
    return this.deploy(event.to, decision.text, tell);
  }

  /** Brings about a move that is recorded. What fails is said, and can be done again: the record stays. */
  async deploy(to: StageName, text: string, tell: Tell): Promise<ControlResult> {
    tell("updating the rollout layer");
    try {
      await this.#place.raise(to, tell);
    } catch (error) {
      const { name, message } = error as Error;
      const problem =
        `the advance to ${to} is recorded, but the update failed: ${name}: ${message}. ` +
        'Mend it and run "npm run rollout -- advance" again, which finishes it, or "rollback"';
      return { exit: 2, text: problem, data: { error: problem } };
    }
    tell("waiting until the live document is the planned one");
    return this.#arrived(to, text, tell);
  }

  async #arrived(to: StageName, text: string, tell: Tell): Promise<ControlResult> {
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
    const { seconds } = this.#place.patience;
    const moved = { at: this.#observer.at(), actor: "part-lens", to: back } as const;
    const why = { cause: "exposure", alsoFiring: [], origin: "exposure" as const };
    const event: RolledBack = { kind: "rolledBack", ...moved, ...why };
    const steps = new StepRecord(tell);
    const locked = await this.#lock(event, steps);
    await this.#aftermath.follow({ ...event, ...why, from: to, locked, down: undefined }, steps);
    const lock = locked ? "locked" : "NOT LOCKED";
    const problem = `the document of ${to} was not live within ${seconds} s: back to ${back}, ${lock}`;
    return { exit: 2, text: problem, data: { error: problem } };
  }

  /** What the plan must be provable at; undefined where nobody says. */
  async #traffic({ traffic, bakeMinutes }: Asked): Promise<ExpectedTraffic | undefined> {
    if (traffic === undefined && !this.#place.provesTraffic) return undefined;
    return expectedTraffic(this.#place, traffic, bakeMinutes);
  }

  /** Down, locked, seen to be down, v1 proven, told; then the code. A step that fails stops none after it. */
  async rollback(asked: Asked, tell: Tell, origin: RollbackOrigin = "asked"): Promise<ControlResult> {
    const { caller, stage: wanted = "off" } = asked;
    const steps = new StepRecord(tell);
    // The kill switch first of all, and whatever is wrong with the log. Source: domain.md, "Rolling back".
    if (wanted === "off") await steps.run("cap0", () => this.#place.capZero(caller.actor));
    const before = await this.#observer.state().catch(() => undefined);
    const decision = rollback(before ?? this.#atTheTop(), caller, { to: wanted, origin, ...reasonOf(asked) });
    const [event] = decision.events as [RolledBack];
    const locked = await this.#lock(event, steps);
    const lowering = this.#place.lower(decision.to).catch((error: Error) => {
      steps.remark(`the document could not be lowered yet, it is tried again: ${error.message}`);
      return false;
    });
    const { live, seconds } = await this.#seenDown(stageOf(decision.to).percent, steps);
    const down = live !== undefined && isDown(live, stageOf(decision.to).percent);
    const gone = { ...event, origin, from: before?.stage ?? ("unknown" as const), to: decision.to };
    if (await this.#isNews(event, before)) await this.#aftermath.follow({ ...gone, locked, down }, steps);
    if (!(await lowering) && live?.documentStage !== decision.to)
      steps.remark("the document follows as soon as no alarm would undo its deployment");
    const { code } = this.#place;
    const step = (text: string) => steps.remark(text);
    const codeIsBack = asked.code
      ? await putCodeBack({ code, recorder: this.#recorder, caller, ...reasonOf(asked), step })
      : undefined;
    const outcome = { seconds, cap: live?.cap, percent: live?.percent, codeIsBack };
    const data = { to: decision.to, steps: steps.texts, ...outcome };
    const isDone = down && codeIsBack !== false;
    return { exit: isDone ? 0 : 2, text: decision.text, data };
  }

  /** Where the log cannot be read: then every stage that is asked for is below. */
  #atTheTop(): RolloutState {
    return { ...initialStateOf(this.#place.environment), stage: "full-100", percent: 100 };
  }

  #lock(event: RolledBack, steps: StepRecord): Promise<boolean> {
    return steps.run("lock", async () => (await this.#recorder.lock(event)) ?? "locked");
  }

  /** What cannot be looked at is not down. */
  async #seenDown(percent: number, steps: StepRecord): Promise<Partial<Seen & { seconds: number }>> {
    let seen: Partial<Seen & { seconds: number }> = {};
    await steps.run("down", async () => {
      const looked = await this.#observer.until(({ live }) => isDown(live, percent));
      seen = looked;
      if (isDown(looked.live, percent)) return `down after ${looked.seconds} s`;
      throw new Error(`not down after ${looked.seconds} s`);
    });
    return seen;
  }

  /** Whether the log has it as the one that moved or locked the rollout. Where the log cannot say, it is told. */
  async #isNews({ at, actor, to }: RolledBack, before: RolloutState | undefined): Promise<boolean> {
    const events = await this.#place.log.read().catch(() => []);
    const isOwn = (event: RolloutEvent) =>
      event.kind === "rolledBack" && event.at === at && event.actor === actor;
    if (!events.some(isOwn)) return !before?.lock || stageOf(to).percent < before.percent;
    return rollbackNews(events, this.#place.environment).some(({ event }) => isOwn(event));
  }

  /** What somebody has left who ended in between: the lock is brought into the parameters, the contacts are told. */
  async takeUp({ state, live }: Pick<Seen, "state" | "live">): Promise<void> {
    if (state.lock && !live.lock.locked) await this.#recorder.mend();
    await this.#aftermath.takeUp({ state, live });
  }

  /** An alarm's function sets the cap, and the lock a moment later. */
  async #staysUnlocked(): Promise<boolean> {
    const isOpen = ({ state, live }: Pick<Seen, "state" | "live">) =>
      live.cap === 0 && !state.lock && !live.lock.locked;
    const seconds = this.#place.patience.seconds / 2;
    return isOpen(await this.#observer.until((seen) => !isOpen(seen), seconds));
  }

  /** Who has set the parameter; nothing that is done for a rollback waits for a place that does not say. */
  async #writer({ parameter }: OutsideRollback): Promise<string> {
    const { environment, parameters } = this.#place;
    const name = parameter && `${parameterPath(environment)}${parameter}`;
    return (name && (await parameters.writer?.(name).catch(() => undefined))) ?? "unknown";
  }

  async acknowledge(asked: Asked, tell: Tell): Promise<ControlResult> {
    const { state, live } = await this.#observer.look();
    const decision = acknowledge(state, live, asked.caller, reasonOf(asked));
    if (isRefused(decision)) return refused(decision.refused);
    const [event] = decision.events as [RolloutEvent];
    await this.#recorder.record(event, state.history.length);
    await this.#place.arm(asked.caller.actor);
    tell("waiting until the kill switch is armed");
    const after = await this.#observer.until(({ live: seen }) => seen.cap === 100);
    const armed = after.live.cap === 100;
    const text = armed ? decision.text : "acknowledged, but the kill switch is not armed yet";
    return { exit: armed ? 0 : 2, text, data: { events: decision.events, cap: after.live.cap } };
  }

  /** Judges the stage; what has not changed since the last look is not written again. */
  async judged(
    seen: Pick<Seen, "state" | "bakeFrom">,
    { bakeMinutes }: Bakes,
    tell: Tell,
  ): Promise<undefined> {
    const { state } = seen;
    const look = await lookAtStage(this.#place, seen, bakeMinutes);
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
    await this.#place.log.append(event, state.history.length);
    tell(`${stage} is judged: ${verdict}`);
    return undefined;
  }

  /**
   * Of two that see it at once one writes it down, and the other looks again. What a function of ours has done, that
   * function has told.
   */
  async recordOutside(step: OutsideRollback, { state }: Pick<Seen, "state">): Promise<void> {
    const { to, cause, alsoFiring, origin } = step;
    if (origin === "killSwitch" && !(await this.#staysUnlocked())) return;
    const moved = {
      at: step.at ?? this.#observer.at(),
      actor: step.actor ?? (await this.#writer(step)),
      to,
      cause,
      alsoFiring: [...alsoFiring],
    };
    try {
      const event: RolledBack = { kind: "rolledBack", ...moved, ...(origin && { origin }) };
      await this.#recorder.record(event, state.history.length);
    } catch (error) {
      if (error instanceof LogMovedError) return;
      throw error;
    }
    const why = origin ? `${cause} (${originText(origin, alsoFiring)})` : cause;
    this.#place.note(`rolled back to ${to} because of ${why}: locked until it is acknowledged`);
    // Of one with a time of its own: whoever did it has told, or it is taken up.
    if (!origin || step.at) return;
    const steps = new StepRecord((text) => this.#place.note(text));
    await this.#aftermath.follow({ ...moved, origin, from: state.stage, locked: true, down: true }, steps);
  }
}

type Bakes = Pick<ControlRequest, "bakeMinutes">;

function reasonOf({ reason }: Asked): { readonly reason?: string } {
  return reason === undefined ? {} : { reason };
}
