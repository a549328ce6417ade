import { join } from "node:path";
import { Writable } from "node:stream";
import { PreparedStack } from "../rehearsal/prepared-stack.ts";
import { RealStage } from "../rehearsal/real-stage.ts";
import type { Stage } from "../rehearsal/stage.ts";
import { Terminal } from "../rehearsal/terminal.ts";
import type { Scenario } from "./scenarios.ts";

export interface StagesOptions {
  readonly directory: string;
  readonly keyDirectory: string;
  readonly inventory: string;
  readonly seed: string;
}

/**
 * The stacks of a matrix: one is stood up and filled once, and given to every scenario with its databases as they were
 * then. One that a scenario has left in another state than it found it is torn down, and the next gets a new one.
 */
export class Stages {
  readonly #options: StagesOptions;
  #prepared: PreparedStack | undefined;

  constructor(options: StagesOptions) {
    this.#options = options;
  }

  /** A stage at 0 %, with nothing firing and both ways down armed. */
  async stageFor(_scenario: Scenario): Promise<Stage> {
    if (this.#prepared) await this.#prepared.restore();
    else await this.#standUp();
    return new RealStage(this.#prepared as PreparedStack, this.#options.keyDirectory);
  }

  /** The next scenario begins on a new stack. */
  async discard(): Promise<void> {
    const prepared = this.#prepared;
    this.#prepared = undefined;
    await prepared?.close();
  }

  async #standUp(): Promise<void> {
    const silent = new Terminal(new Writable({ write: (_chunk, _encoding, done) => done() }));
    const { directory } = this.#options;
    const prepared = await PreparedStack.open(
      { ...this.#options, directory: join(directory, "stack") },
      silent,
    );
    this.#prepared = prepared;
    await prepared.keep();
  }
}
