import { stageOf } from "../../../flags/plan.ts";
import { incidentFiles } from "../../incident/incident-folder.ts";
import { deliver, type OutboxPorts, type Telling, tell, telling } from "../../incident/outbox.ts";
import { isDown, type LiveView } from "../live-view.ts";
import type { RolloutPlace } from "../place.ts";
import type { RolloutState } from "../state.ts";
import { type RollbackNews, rollbackNews } from "./rollback-news.ts";
import { incidentOf, type RollbackNotice, rollbackTelling, transitionOf } from "./rollback-telling.ts";
import { StepRecord } from "./step-record.ts";

/** What is known of a rollback before v1 is proven. */
export type Gone = Omit<RollbackNotice, "environment" | "v1" | "steps" | "writtenAt">;

/** Beyond the place's patience: whoever went down first looks whether v2 is down, proves v1, and tells. */
const graceSeconds = 60;
/** What is older than this nobody needs to hear of by a message any more; the record keeps it. */
const oldestMilliseconds = 24 * 3_600_000;
const tries = 3;

/**
 * What follows a rollback by a verb, the judge or AppConfig: v1 is proven, and the contacts are told. The message lies
 * in the outbox before it is sent, and what the topic hands on makes the notifier collect and draft the postmortem.
 *
 * Whoever was killed in between has left the event in the log: the next verb, or the judge's next look, tells instead.
 * It is told once by its name, but for two cases: whoever told was killed after the topic had taken the message over
 * and the notifier has not entered that either; or two take it up in the very same moment.
 */
export class RollbackAftermath {
  readonly #place: RolloutPlace;
  /** Transitions that have their receipt. */
  readonly #finished = new Set<string>();
  #complaint = "";

  constructor(place: RolloutPlace) {
    this.#place = place;
  }

  /** True when the contacts are told. Never rejects: what fails is among the steps, and undoes none before it. */
  async follow(gone: Gone, steps: StepRecord): Promise<boolean> {
    const { environment } = this.#place;
    const v1 = await steps.run("proveV1", () => this.#place.proveV1());
    return steps.run("notify", async () => {
      const writtenAt = new Date(this.#place.now()).toISOString();
      const told = rollbackTelling({ environment, ...gone, v1, steps: steps.outcomes, writtenAt });
      return `the contacts are told: ${await tell(told, this.#outbox())}`;
    });
  }

  /** Tells of the rollbacks that nobody has told of. Never rejects: what fails is noted once, and tried again. */
  async takeUp(seen: { readonly state: RolloutState; readonly live: LiveView }): Promise<void> {
    try {
      for (const news of rollbackNews(seen.state.history, this.#place.environment))
        if (this.#isDue(news.event.at)) await this.#takeUpOne(news, seen.state, seen.live);
      this.#complaint = "";
    } catch (error) {
      const text = `the contacts could not be told of a rollback: ${(error as Error).message}`;
      if (text !== this.#complaint) this.#place.note(text);
      this.#complaint = text;
    }
  }

  async #takeUpOne({ event, from }: RollbackNews, state: RolloutState, live: LiveView): Promise<void> {
    const { actor, alsoFiring, at, cause, origin, to } = event;
    const transition = transitionOf(event);
    if (this.#finished.has(transition)) return;
    const receipt = incidentFiles.receipt(incidentOf(at), transition, "sns");
    if ((await this.#place.incidents.read(receipt)) === undefined) {
      const entry = await this.#entryOf(at, transition);
      // Somebody else has just taken it up.
      if (entry && !this.#isDue(entry.writtenAt)) return;
      // Once it is acknowledged, what is served now says nothing of it any more.
      const down = state.lock ? isDown(live, stageOf(to).percent) : undefined;
      const gone = { origin, actor, at, from, to, cause, alsoFiring, locked: true, down };
      await (entry ? deliver(entry, this.#outbox()) : this.#followInstead(gone));
      this.#place.note(`the contacts are told of the rollback to ${to} of ${at}, of which nobody had told`);
    }
    this.#finished.add(transition);
  }

  async #followInstead(gone: Gone): Promise<void> {
    const steps = new StepRecord(() => undefined);
    if (!(await this.follow(gone, steps))) throw new Error(steps.outcomes.at(-1)?.detail);
  }

  async #entryOf(at: string, transition: string): Promise<Telling | undefined> {
    const text = await this.#place.incidents.read(incidentFiles.outbox(incidentOf(at), transition));
    return text === undefined ? undefined : telling.parse(JSON.parse(text));
  }

  /** Nobody can be at it any more, and it is not so old that nobody needs to hear of it. */
  #isDue(at: string): boolean {
    const { patience, recordedFrom = 0 } = this.#place;
    const time = Date.parse(at);
    const age = this.#place.now() - time;
    const isLeft = age > (patience.seconds + graceSeconds) * 1000;
    return isLeft && age <= oldestMilliseconds && time >= recordedFrom;
  }

  #outbox(): OutboxPorts {
    const place = this.#place;
    return {
      store: place.incidents,
      send: (told) => place.tell(told),
      tries,
      pauseMilliseconds: place.patience.pollMilliseconds,
      now: () => new Date(place.now()),
    };
  }
}
