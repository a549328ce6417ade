import { open, readFile } from "node:fs/promises";
import { type RolloutEvent, rolloutEvent } from "./event.ts";

/** The truth about a rollout: append-only, one writer at a time. A file here, the evidence bucket in AWS. */
export interface EventLog {
  /** Resolves when the event is on disk. Throws a ZodError for an event that is none. */
  append(event: RolloutEvent): Promise<void>;
  /** Every event in the order of writing; none when there is no log yet. */
  read(): Promise<RolloutEvent[]>;
}

/** A line of the log that is no event: the log was edited, and no state may be derived from it. */
export class CorruptLogError extends Error {
  override name = "CorruptLogError";
}

/** One JSON object a line. A last line without its end was torn by a crash: it never happened, and is overwritten. */
export function fileEventLog(path: string): EventLog {
  return {
    async append(event) {
      const line = `${JSON.stringify(rolloutEvent.parse(event))}\n`;
      const written = await contentOf(path);
      await using file = await open(path, "a");
      const whole = wholeLines(written);
      if (whole !== written) await file.truncate(Buffer.byteLength(whole));
      await file.appendFile(line);
      await file.sync();
    },
    async read() {
      const lines = wholeLines(await contentOf(path))
        .split("\n")
        .slice(0, -1);
      return lines.map((line, index) => eventOf(line, `${path}:${index + 1}`));
    },
  };
}

function eventOf(line: string, where: string): RolloutEvent {
  try {
    return rolloutEvent.parse(JSON.parse(line));
  } catch (cause) {
    throw new CorruptLogError(`${where} is no rollout event`, { cause });
  }
}

function wholeLines(content: string): string {
  return content.slice(0, content.lastIndexOf("\n") + 1);
}

async function contentOf(path: string): Promise<string> {
  return readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "";
    throw error;
  });
}
