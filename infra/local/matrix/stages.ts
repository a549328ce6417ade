import { join } from "node:path";
import { Writable } from "node:stream";
import { PreparedStack } from "../rehearsal/prepared-stack.ts";
import { RealStage } from "../rehearsal/real-stage.ts";
import type { Stage } from "../rehearsal/stage.ts";
import { Terminal } from "../rehearsal/terminal.ts";
import { type ReplayName, replays } from "../replay/catalogue.ts";
import { ReplayStack } from "../replay/replay-stack.ts";
import { ReplayStage } from "../replay/replay-stage.ts";
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
  #replayed: ReplayStack | undefined;

  constructor(options: StagesOptions) {
    this.#options = options;
  }

  /** A stage at 0 %, with nothing firing and both ways down armed. */
  async stageFor({ form, fault }: Pick<Scenario, "form" | "fault">): Promise<Stage> {
    if (form === "replayed") {
      this.#replayed ??= await ReplayStack.open(join(this.#options.directory, "replay"));
      return new ReplayStage(this.#replayed, replays[fault as ReplayName]);
    }
    if (this.#prepared) await this.#prepared.restore();
    else await this.#standUp();
    return new RealStage(this.#prepared as PreparedStack, this.#options.keyDirectory);
  }

  /** The next scenario begins on a new stack. */
  async discard(): Promise<void> {
    const stacks = [this.#prepared, this.#replayed];
    this.#prepared = undefined;
    this.#replayed = undefined;
    for (const stack of stacks) await stack?.close();
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
