import { type CauseKey, rollbackKeys } from "../../../monitoring/alarms.ts";
import type { WayDown } from "../../../monitoring/report/timeline.ts";
import type { AlarmService, Transition } from "../services/alarm-service.ts";

/** A rollback as it went. Times are virtual milliseconds since the epoch. */
export interface ObservedRollback {
  readonly cause: CauseKey;
  readonly alsoFiring: readonly CauseKey[];
  readonly conditionAt: number;
  /** The first of the two ways down that is in force; undefined while none is. */
  readonly way: WayDown | undefined;
  /** When that was: the cap of 0 reached the functions, or the HTTP API the alias that answers v1. */
  readonly downAt: number | undefined;
  /** What the function of that way said of itself. */
  readonly result: WayResult | undefined;
}

/** What the functions of both ways say of themselves, as far as it is needed here. */
export interface WayResult {
  readonly acted: boolean;
  /** Real ones. */
  readonly milliseconds: number;
}

/** Watches the alarms and both ways down for one rollback at a time. */
export class RollbackWatch {
  readonly #prefix: string;
  #fired: { readonly key: CauseKey; readonly at: number }[] = [];
  /** In the order in which they came into force. */
  #inForce = new Map<WayDown, number>();
  #results = new Map<WayDown, WayResult>();
  /** Looks no more. */
  readonly close: () => void;

  constructor(alarmService: AlarmService, prefix: string) {
    this.#prefix = prefix;
    this.close = alarmService.onTransition((transition) => this.#seen(transition));
  }

  /** From now on it waits for another rollback. */
  rearm(): void {
    this.#fired = [];
    this.#inForce.clear();
    this.#results.clear();
  }

  /** That way down is in force from then on. */
  down(way: WayDown, at: number): void {
    if (!this.#inForce.has(way)) this.#inForce.set(way, at);
  }

  /** What the function of that way answered. */
  finished(way: WayDown, result: WayResult): void {
    if (result.acted && !this.#results.has(way)) this.#results.set(way, result);
  }

  /** The rollback seen since the last `rearm`, once one of its alarms has fired. */
  get rollback(): ObservedRollback | undefined {
    const conditionAt = Math.min(...this.#fired.map(({ at }) => at));
    const first = this.#fired.filter(({ at }) => at === conditionAt).map(({ key }) => key);
    const cause = rollbackKeys.find((key) => first.includes(key));
    if (!cause) return undefined;
    const others = rollbackKeys.filter(
      (key) => key !== cause && this.#fired.some((fired) => fired.key === key),
    );
    const [way, downAt] = this.#inForce.entries().next().value ?? [];
    return { cause, alsoFiring: others, conditionAt, way, downAt, result: way && this.#results.get(way) };
  }

  #seen({ name, to, at }: Transition): void {
    const key = rollbackKeys.find((candidate) => `${this.#prefix}${candidate}` === name);
    if (key && to === "ALARM") this.#fired.push({ key, at });
  }
}
