import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const name = "jobs.env";

/** Where a stack that runs in that directory leaves them. */
export function variablesFile(stateDirectory: string): string {
  return join(stateDirectory, name);
}

/** What the commands that look after a stack's data need of it, for a shell to read. For this user alone: it has keys. */
export function writeVariables(stateDirectory: string, variables: Readonly<Record<string, string>>): void {
  const file = variablesFile(stateDirectory);
  mkdirSync(dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}`;
  rmSync(draft, { force: true });
  const lines = Object.entries(variables).map(([key, value]) => `export ${key}=${quoted(value)}\n`);
  writeFileSync(draft, lines.join(""), { mode: 0o600, flag: "wx" });
  renameSync(draft, file);
}

export function removeVariables(stateDirectory: string): void {
  rmSync(variablesFile(stateDirectory), { force: true });
}

/** As any POSIX shell reads it, whatever is in it. */
function quoted(value: string): string {
  return `'${value.replaceAll("'", "'\\''")}'`;
}
