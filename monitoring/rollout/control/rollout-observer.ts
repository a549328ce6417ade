import { setTimeout as realPause } from "node:timers/promises";
import type { LiveView } from "../live-view.ts";
import type { RolloutPlace } from "../place.ts";
import { initialStateOf, type RolloutState, replay } from "../state.ts";

/** The log and what is live, at one moment. */
export interface Seen {
  readonly state: RolloutState;
  readonly live: LiveView;
  /** ISO time since when the stage has been watched; undefined while its document has not been live. */
  readonly bakeFrom: string | undefined;
}

/** Watches a rollout: where its log is, what is live, and since when. */
export class RolloutObserver {
  readonly #place: RolloutPlace;

  constructor(place: RolloutPlace) {
    this.#place = place;
  }

  /** ISO time. */
  at(): string {
    return new Date(this.#place.now()).toISOString();
  }

  async state(): Promise<RolloutState> {
    return replay(await this.#place.log.read(), initialStateOf(this.#place.environment));
  }

  async look(): Promise<Seen> {
    const [state, live] = await Promise.all([this.state(), this.#place.live()]);
    return { state, live, bakeFrom: await this.#place.bakeFrom(state, live) };
  }

  /** Looks until that holds, or so many seconds are over; the last look either way, and the seconds it took. */
  async until(
    holds: (seen: Seen) => boolean,
    most = this.#place.patience.seconds,
  ): Promise<Seen & { readonly seconds: number }> {
    const started = this.#place.now();
    for (;;) {
      const seen = await this.look();
      const seconds = Math.round((this.#place.now() - started) / 1000);
      if (holds(seen) || seconds > most) return { ...seen, seconds };
      await this.#pause(this.#place.patience.pollMilliseconds);
    }
  }

  #pause(milliseconds: number): Promise<void> {
    return this.#place.pause?.(milliseconds) ?? realPause(milliseconds);
  }
}
