import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/**
 * The documents as the functions read them: `<directory>/<application>/<environment>/<profile>`. A document is
 * exchanged by rename, so a reader sees the old or the new one, never a part.
 */
export class DocumentDirectory {
  readonly directory: string;
  #written = 0;

  constructor(directory: string) {
    this.directory = directory;
    mkdirSync(directory, { recursive: true });
  }

  write(path: readonly string[], content: string): void {
    const file = join(this.directory, ...path);
    mkdirSync(dirname(file), { recursive: true });
    // The temporary file stands beside the directory of the environment, where nobody looks for profiles.
    const temporary = join(this.directory, `.${path.join("-")}.${process.pid}.${this.#written++}`);
    writeFileSync(temporary, content);
    renameSync(temporary, file);
  }

  remove(path: readonly string[]): void {
    rmSync(join(this.directory, ...path), { force: true });
  }
}
