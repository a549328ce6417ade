import { type AlarmKey, alarmKeys, alarms } from "../../../monitoring/alarms.ts";
import type { RollbackResult } from "../../../monitoring/rollback-procedure.ts";
import type { AlarmService, Transition } from "../services/alarm-service.ts";

/** A rollback as it went. Times are virtual milliseconds since the epoch. */
export interface ObservedRollback {
  readonly cause: AlarmKey;
  readonly alsoFiring: readonly AlarmKey[];
  readonly conditionAt: number;
  /** When the cap of 0 reached the functions; undefined while it has not. */
  readonly downAt: number | undefined;
  /** What the rollback function said of itself. */
  readonly result: RollbackResult | undefined;
}

const rollbackKeys = alarmKeys.filter((key) => alarms[key].effect === "rollback");

/** Watches the alarms, the kill switch and the rollback function for one rollback at a time. */
export class RollbackWatch {
  readonly #prefix: string;
  #fired: { readonly key: AlarmKey; readonly at: number }[] = [];
  #downAt: number | undefined;
  #result: RollbackResult | undefined;

  constructor(alarmService: AlarmService, prefix: string) {
    this.#prefix = prefix;
    alarmService.onTransition((transition) => this.#seen(transition));
  }

  /** From now on it waits for another rollback. */
  rearm(): void {
    this.#fired = [];
    this.#downAt = undefined;
    this.#result = undefined;
  }

  capped(at: number): void {
    this.#downAt ??= at;
  }

  finished(result: RollbackResult): void {
    if (result.acted) this.#result ??= result;
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
    return { cause, alsoFiring: others, conditionAt, downAt: this.#downAt, result: this.#result };
  }

  #seen({ name, to, at }: Transition): void {
    const key = rollbackKeys.find((candidate) => `${this.#prefix}${candidate}` === name);
    if (key && to === "ALARM") this.#fired.push({ key, at });
  }
}
