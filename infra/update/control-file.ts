import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";

const content = z.object({ url: z.url(), token: z.string().min(32), pid: z.number().int() });

/** Where a running stack takes verbs, and the word that lets them in. */
export type ControlPlace = z.infer<typeof content>;

function fileOf(stateDirectory: string): string {
  return join(stateDirectory, "control.json");
}

/** For this user alone: whoever reads the token moves the rollout. */
export function writeControlFile(stateDirectory: string, place: ControlPlace): void {
  const file = fileOf(stateDirectory);
  mkdirSync(dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}`;
  rmSync(draft, { force: true });
  writeFileSync(draft, `${JSON.stringify(place)}\n`, { mode: 0o600, flag: "wx" });
  renameSync(draft, file);
}

export function removeControlFile(stateDirectory: string): void {
  rmSync(fileOf(stateDirectory), { force: true });
}

/** The stack that runs in that directory; undefined when there is none, or when its process has ended. */
export function runningStack(stateDirectory: string): ControlPlace | undefined {
  try {
    const place = content.parse(JSON.parse(readFileSync(fileOf(stateDirectory), "utf8")));
    return isAlive(place.pid) ? place : undefined;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
