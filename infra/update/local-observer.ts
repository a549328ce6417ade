import type { EventLog } from "../../monitoring/rollout/event-log.ts";
import type { LiveView } from "../../monitoring/rollout/live-view.ts";
import { initialStateOf, type RolloutState, replay } from "../../monitoring/rollout/state.ts";
import type { Clock } from "../local/clock.ts";
import type { LocalView } from "./local-view.ts";

/** The log and what is live, at one moment. */
export interface Seen {
  readonly state: RolloutState;
  readonly live: LiveView;
}

/** How long something may take to come about, seconds of the stack's clock. AWS's own delays are 20 s. */
export const patienceSeconds = 120;
const pollMilliseconds = 100;

/** Watches a local rollout: where its log is, what is live, and since when that has been so without a gap. */
export class LocalObserver {
  readonly #log: EventLog;
  readonly #view: LocalView;
  readonly #clock: Clock;
  /** A stack that was down has not been watched: this is kept in no file. */
  #watched: { readonly move: string | undefined; readonly from: string } | undefined;

  constructor(log: EventLog, view: LocalView, clock: Clock) {
    this.#log = log;
    this.#view = view;
    this.#clock = clock;
  }

  /** ISO time. */
  at(): string {
    return new Date(this.#clock.now()).toISOString();
  }

  async state(): Promise<RolloutState> {
    return replay(await this.#log.read(), initialStateOf("local"));
  }

  async look(): Promise<Seen> {
    const [state, live] = await Promise.all([this.state(), this.#view.live()]);
    const isNew = this.#watched?.move !== state.since || !this.#watched;
    if (live.documentStage === state.stage && isNew) this.#watched = { move: state.since, from: this.at() };
    return { state, live };
  }

  /** ISO time from which the bake of the current stage counts; undefined while its document has not been live. */
  bakeFrom({ since }: RolloutState): string | undefined {
    return this.#watched && this.#watched.move === since ? this.#watched.from : undefined;
  }

  /** Looks until that holds, or patience ends; the last look either way, and the seconds it took. */
  async until(holds: (seen: Seen) => boolean): Promise<Seen & { readonly seconds: number }> {
    const started = this.#clock.now();
    for (;;) {
      const seen = await this.look();
      const seconds = Math.round((this.#clock.now() - started) / 1000);
      if (holds(seen) || seconds > patienceSeconds) return { ...seen, seconds };
      await new Promise((resolve) => setTimeout(resolve, pollMilliseconds));
    }
  }
}
