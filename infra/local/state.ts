import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Properties, Realised } from "./realiser.ts";

/** A resource as it was made, with what is needed to delete it when the program no longer names it. */
export interface Stored extends Realised {
  readonly dependencies: readonly string[];
  readonly providerKey?: string;
  readonly protect: boolean;
  readonly retainOnDelete: boolean;
  readonly deletedWith?: string;
  /** False: recorded only, nothing runs. */
  readonly simulated: boolean;
}

interface Content {
  resources: Record<string, Stored>;
  /** Replaced resources whose old self is still there. */
  pending: Stored[];
  outputs?: Properties;
}

/** A state file that is not JSON of ours. */
export class StateUnreadable extends Error {
  override readonly name = "StateUnreadable";
}

/**
 * What one local stack consists of: a JSON file, written whole and exchanged by rename at each change, so that a
 * killed update can be run again. It holds secrets in plain text: mode 0600.
 */
export class StackState {
  readonly #file: string;
  readonly #content: Content;

  constructor(file: string) {
    this.#file = file;
    this.#content = read(file);
  }

  get(key: string): Stored | undefined {
    return this.#content.resources[key];
  }

  /** In the order in which they were made. */
  all(): Stored[] {
    return Object.values(this.#content.resources);
  }

  pending(): readonly Stored[] {
    return this.#content.pending;
  }

  /** undefined until an update has succeeded. */
  outputs(): Properties | undefined {
    return this.#content.outputs;
  }

  put(key: string, stored: Stored): void {
    this.#content.resources[key] = stored;
    this.#write();
  }

  /** The new resource takes the place of the old one, which is to be deleted at the end of the update. */
  replace(key: string, stored: Stored, old: Stored): void {
    this.#content.pending.push(old);
    this.put(key, stored);
  }

  remove(key: string): void {
    delete this.#content.resources[key];
    this.#write();
  }

  removePending(old: Stored): void {
    this.#content.pending = this.#content.pending.filter((other) => other !== old);
    this.#write();
  }

  setOutputs(outputs: Properties): void {
    this.#content.outputs = outputs;
    this.#write();
  }

  /** Removes the file: the stack exists no more. */
  erase(): void {
    delete this.#content.outputs;
    rmSync(this.#file, { force: true });
  }

  #write(): void {
    mkdirSync(dirname(this.#file), { recursive: true });
    const draft = `${this.#file}.new`;
    writeFileSync(draft, JSON.stringify(this.#content, null, 1), { mode: 0o600 });
    renameSync(draft, this.#file);
  }
}

function read(file: string): Content {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return { resources: {}, pending: [] };
    throw error;
  }
  try {
    return JSON.parse(text) as Content;
  } catch (error) {
    throw new StateUnreadable(`${file} is not the state of a local stack; remove it to start empty`, {
      cause: error,
    });
  }
}
