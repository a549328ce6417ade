import type { RolloutEvent } from "./event.ts";
import type { EventLog } from "./event-log.ts";
import { parameterPath, projectionOf, projectionParameters } from "./projection.ts";
import { initialStateOf, type RolloutState, replay } from "./state.ts";

/** SSM's parameters of the rollout, by full name. */
export interface ParameterPlace {
  read(): Promise<Readonly<Record<string, string>>>;
  write(name: string, value: string): Promise<void>;
}

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
    const projection = projectionOf(await this.state());
    const keepsLock = !projection.lock.locked && event.kind !== "acknowledged";
    const lock = `${parameterPath(this.#environment)}lock`;
    for (const [name, value] of Object.entries(projectionParameters(this.#environment, projection)))
      if (!keepsLock || name !== lock) await this.#parameters.write(name, value);
  }
}
