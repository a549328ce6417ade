import { type StageName, stageNames, stageOf } from "../../../flags/plan.ts";
import type { RolloutEvent } from "../event.ts";
import { LogMovedError } from "../event-log.ts";
import type { LiveView } from "../live-view.ts";
import type { RolloutPlace } from "../place.ts";
import type { ExpectedTraffic } from "../plan-lint.ts";
import { RolloutRecorder } from "../recorder.ts";
import { initialStateOf, type RolloutState, replay } from "../state.ts";
import { acknowledge } from "../verbs/acknowledge.ts";
import { advance } from "../verbs/advance.ts";
import { type Caller, isRefused } from "../verbs/decision.ts";
import { rollback } from "../verbs/rollback.ts";
import { appConfigMonitor, type Step } from "../verbs/watch.ts";
import { putCodeBack } from "./code-rollback.ts";
import { type ControlRequest, type ControlResult, done, refused } from "./control-request.ts";
import { type RollbackNotice, type RollbackOrigin, rollbackTelling } from "./rollback-telling.ts";
import type { RolloutObserver, Seen } from "./rollout-observer.ts";
import { databasesSeen, expectedTraffic, lookAtStage } from "./stage-look.ts";

/** Hears how the work goes. */
export type Tell = (progress: string) => void;
/** A request, with who asks and when. */
export type Asked = ControlRequest & { readonly caller: Caller };

/** What moves a rollout or writes down that it moved: each is the log first, then the place, then a look. */
export class RolloutMoves {
  readonly #place: RolloutPlace;
  readonly #observer: RolloutObserver;
  readonly #recorder: RolloutRecorder;

  constructor(place: RolloutPlace, observer: RolloutObserver) {
    this.#place = place;
    this.#observer = observer;
    this.#recorder = new RolloutRecorder(place.environment, place.log, place.parameters);
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
    return this.#arrived(to, text);
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
    const moved = { at: this.#observer.at(), actor: "part-lens", to: back, cause: "exposure" } as const;
    await this.#recorder.record({ kind: "rolledBack", ...moved, alsoFiring: [] });
    await this.#tell({ origin: "exposure", ...moved, from: to, locked: true, down: undefined, steps: [] });
    const { seconds } = this.#place.patience;
    const problem = `the document of ${to} was not live within ${seconds} s: back to ${back}, locked`;
    return { exit: 2, text: problem, data: { error: problem } };
  }

  /** What the plan must be provable at; undefined where nobody says. */
  async #traffic({ traffic, bakeMinutes }: Asked): Promise<ExpectedTraffic | undefined> {
    if (traffic === undefined && !this.#place.provesTraffic) return undefined;
    return expectedTraffic(this.#place, traffic, bakeMinutes);
  }

  /** Down, locked, seen to be down, told; then the code. A step that fails stops none after it. */
  async rollback(asked: Asked, tell: Tell, origin: RollbackOrigin = "asked"): Promise<ControlResult> {
    const { caller, stage: to } = asked;
    const before = await this.#observer.state();
    const decision = rollback(before, caller, { to, ...reasonOf(asked) });
    const steps: string[] = [];
    const step = (text: string) => {
      steps.push(text);
      tell(text);
    };
    // A step that fails stops none after it. Source: domain.md, "Rolling back".
    if (decision.capZero) step(await attempted("the kill switch", () => this.#place.capZero(caller.actor)));
    const [event] = decision.events as [RolledBack];
    let locked = false;
    const lock = async () => {
      await this.#recorder.record(event);
      locked = true;
      return "locked";
    };
    step(await attempted("the lock", lock));
    const lowering = this.#place.lower(decision.to).catch((error: Error) => {
      step(`the document could not be lowered yet, it is tried again: ${error.message}`);
      return false;
    });
    const { percent } = stageOf(decision.to);
    const { live, seconds, text } = await this.#seenDown(percent);
    step(text);
    const down = live !== undefined && isDown(live, percent);
    const { at, cause } = event;
    const notice = {
      origin,
      actor: caller.actor,
      at,
      from: before.stage,
      to: decision.to,
      cause,
      locked,
      down,
    };
    if (await this.#isNews(event, before)) step(await this.#tell({ ...notice, steps }));
    if (!(await lowering) && live?.documentStage !== decision.to)
      step("the document follows as soon as no alarm would undo its deployment");
    const { code } = this.#place;
    const codeIsBack = asked.code
      ? await putCodeBack({ code, recorder: this.#recorder, caller, ...reasonOf(asked), step })
      : undefined;
    const data = { to: decision.to, steps, seconds, cap: live?.cap, percent: live?.percent, codeIsBack };
    const isDone = down && codeIsBack !== false;
    return { exit: isDone ? 0 : 2, text: decision.text, data };
  }

  /** What cannot be looked at is not down. */
  async #seenDown(percent: number) {
    try {
      const { live, seconds } = await this.#observer.until(({ live: seen }) => isDown(seen, percent));
      return { live, seconds, text: `${isDown(live, percent) ? "down" : "not down"} after ${seconds} s` };
    } catch (error) {
      return { text: `it could not be seen whether v2 is down: ${(error as Error).message}` };
    }
  }

  /**
   * Whether it moved the rollout or locked it: of two that go down at once the log says who was first, and only that
   * one tells. Where the log cannot say, it is told.
   */
  async #isNews(own: RolledBack, before: RolloutState): Promise<boolean> {
    const events = await this.#place.log.read().catch(() => []);
    const index = events.findLastIndex(
      ({ kind, at, actor }) => kind === own.kind && at === own.at && actor === own.actor,
    );
    const first =
      index < 0 ? before : replay(events.slice(0, index), initialStateOf(this.#place.environment));
    return !first.lock || stageOf(own.to).percent < first.percent;
  }

  #tell(notice: Omit<RollbackNotice, "environment">): Promise<string> {
    const telling = rollbackTelling({ environment: this.#place.environment, ...notice });
    return attempted("telling the contacts", async () => {
      return `the contacts are told: ${await this.#place.tell(telling)}`;
    });
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
  async recordOutside(step: Extract<Step, { do: "record" }>, { state }: Pick<Seen, "state">): Promise<void> {
    const { to, cause, alsoFiring } = step;
    const moved = { at: this.#observer.at(), actor: "rollback", to, cause } as const;
    try {
      const event: RolledBack = { kind: "rolledBack", ...moved, alsoFiring: [...alsoFiring] };
      await this.#recorder.record(event, state.history.length);
    } catch (error) {
      if (error instanceof LogMovedError) return;
      throw error;
    }
    this.#place.note(`rolled back to ${to} because of ${cause}: locked until it is acknowledged`);
    if (cause !== appConfigMonitor) return;
    const notice = {
      origin: appConfigMonitor,
      ...moved,
      from: state.stage,
      locked: true,
      down: true,
    } as const;
    this.#place.note(await this.#tell({ ...notice, steps: [] }));
  }
}

type RolledBack = Extract<RolloutEvent, { kind: "rolledBack" }>;
type Bakes = Pick<ControlRequest, "bakeMinutes">;

async function attempted(what: string, work: () => Promise<string>): Promise<string> {
  return work().catch((error: Error) => `${what} failed: ${error.message}`);
}

function isDown({ cap, percent }: LiveView, planned: number): boolean {
  return cap === 0 || (percent !== null && percent <= planned);
}

function reasonOf({ reason }: Asked): { readonly reason?: string } {
  return reason === undefined ? {} : { reason };
}
