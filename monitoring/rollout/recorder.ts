import type { RolloutEvent } from "./event.ts";
import type { EventLog } from "./event-log.ts";
import { type Projection, parameterPath, projectionOf, projectionParameters } from "./projection.ts";
import { initialStateOf, type RolloutState, replay } from "./state.ts";

/** SSM's parameters of the rollout, by full name. */
export interface ParameterPlace {
  read(): Promise<Readonly<Record<string, string>>>;
  write(name: string, value: string): Promise<void>;
  /** Who has written it last, as the place names them; undefined where it does not say. */
  writer?(name: string): Promise<string | undefined>;
}

type RolledBack = Extract<RolloutEvent, { kind: "rolledBack" }>;

/** Writes down what happened: the log first, as it is the truth, then the projection that the program reads. */
export class RolloutRecorder {
  readonly #environment: string;
  readonly #log: EventLog;
  readonly #parameters: Pick<ParameterPlace, "write">;

  constructor(environment: string, log: EventLog, parameters: Pick<ParameterPlace, "write">) {
    this.#environment = environment;
    this.#log = log;
    this.#parameters = parameters;
  }

  async state(): Promise<RolloutState> {
    return replay(await this.#log.read(), initialStateOf(this.#environment));
  }

  /**
   * A lock that a way down has set meanwhile stays: only who acknowledges takes one off. Throws a LogMovedError when
   * there are more than `after` events.
   */
  async record(event: RolloutEvent, after?: number): Promise<void> {
    await this.#log.append(event, after);
    await this.#project(await this.state(), event.kind === "acknowledged");
  }

  /**
   * Records a rollback. Where the log takes nothing the lock goes into the parameters alone, from where the next look
   * brings it into the log; then it answers that.
   */
  async lock(event: RolledBack): Promise<string | undefined> {
    try {
      await this.record(event);
      return undefined;
    } catch (error) {
      const { actor, at, cause, origin, to } = event;
      const lock: Projection["lock"] = { locked: true, cause, at, to, actor, ...(origin && { origin }) };
      await this.#parameters.write(this.#lockName, JSON.stringify(lock));
      return `locked, but not all of it is recorded yet: ${(error as Error).message}`;
    }
  }

  /**
   * Brings the parameters to the log where that is locked and they are not: whoever recorded it ended in between. The
   * log is read after them, so that an acknowledgement between is not undone.
   */
  async mend(): Promise<void> {
    const state = await this.state();
    if (state.lock) await this.#project(state, false);
  }

  async #project(state: RolloutState, unlocks: boolean): Promise<void> {
    const projection = projectionOf(state);
    const keepsLock = !projection.lock.locked && !unlocks;
    for (const [name, value] of Object.entries(projectionParameters(this.#environment, projection)))
      if (!keepsLock || name !== this.#lockName) await this.#parameters.write(name, value);
  }

  get #lockName(): string {
    return `${parameterPath(this.#environment)}lock`;
  }
}
