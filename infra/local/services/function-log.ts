import { createWriteStream, mkdirSync, type WriteStream } from "node:fs";
import { join } from "node:path";

/** What the functions printed: a file of JSON lines for each function. A line that is no record becomes one. */
export class FunctionLog {
  readonly #directory: string;
  readonly #files = new Map<string, WriteStream>();

  constructor(directory: string) {
    this.#directory = directory;
    mkdirSync(directory, { recursive: true });
  }

  add(name: string, stream: "stdout" | "stderr", line: string): void {
    const isRecord = stream === "stdout" && line.startsWith("{");
    this.#file(name).write(isRecord ? `${line}\n` : `${JSON.stringify({ stream, line })}\n`);
  }

  /** Resolves when everything is in the files. */
  async close(): Promise<void> {
    const files = [...this.#files.values()];
    this.#files.clear();
    await Promise.all(files.map((file) => new Promise<void>((done) => file.end(done))));
  }

  #file(name: string): WriteStream {
    const found = this.#files.get(name);
    if (found) return found;
    const file = createWriteStream(join(this.#directory, `${name}.jsonl`), { flags: "a" });
    this.#files.set(name, file);
    return file;
  }
}
