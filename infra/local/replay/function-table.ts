import { createHash } from "node:crypto";
import type { FunctionDefinition } from "../services/function-registry.ts";
import { FunctionUnknown } from "../services/function-registry.ts";

/** The functions of a stack in which no process runs: what the program says of them, and nothing behind it. */
export class FunctionTable {
  readonly #functions = new Map<string, FunctionDefinition>();

  async define(name: string, definition: FunctionDefinition): Promise<{ version: string; codeHash: string }> {
    this.#functions.set(name, definition);
    return { version: "1", codeHash: createHash("sha256").update(name).digest("hex") };
  }

  /** The variables that the program gives the function. Throws FunctionUnknown. */
  environmentOf(name: string): Readonly<Record<string, string>> {
    const found = this.#functions.get(name);
    if (!found) throw new FunctionUnknown(`no function ${name}`);
    return found.environment;
  }

  async remove(name: string): Promise<void> {
    this.#functions.delete(name);
  }

  async setAlias(): Promise<void> {}
  async removeAlias(): Promise<void> {}
  async serve(): Promise<void> {}
  async stopServing(): Promise<void> {}
}
