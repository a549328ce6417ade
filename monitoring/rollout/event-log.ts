import { open, readFile } from "node:fs/promises";
import { countText } from "../count-text.ts";
import { type RolloutEvent, rolloutEvent } from "./event.ts";

/** The truth about a rollout: append-only, one writer at a time. A file here, the evidence bucket in AWS. */
export interface EventLog {
  /**
   * Resolves when the event is on disk. `after`: how many events the decision was based on; throws a LogMovedError
   * when there is another one by now. Without it the event goes to the end, whatever is there: a rollback is never
   * refused. Throws a ZodError for an event that is none.
   */
  append(event: RolloutEvent, after?: number): Promise<void>;
  /** Every event in the order of writing; none when there is no log yet. */
  read(): Promise<RolloutEvent[]>;
}

/** A line of the log that is no event: the log was edited, and no state may be derived from it. */
export class CorruptLogError extends Error {
  override name = "CorruptLogError";
}

/** Somebody else has written in the meantime: what was decided was decided on an old state. */
export class LogMovedError extends Error {
  override name = "LogMovedError";

  constructor(after: number) {
    super(
      `the rollout's log has more than ${countText(after, "event")} by now: look at the state again and decide anew`,
    );
  }
}

/**
 * One JSON object a line, for one process: appends wait for each other. A last line without its end was torn by a
 * crash: it never happened, and is overwritten. Several processes need `numberedEventLog`.
 */
export function fileEventLog(path: string): EventLog {
  let last: Promise<unknown> = Promise.resolve();
  const alone = <T>(work: () => Promise<T>): Promise<T> => {
    const next = last.then(work);
    last = next.catch(() => undefined);
    return next;
  };
  return {
    append: (event, after) => alone(() => appendLine(path, event, after)),
    async read() {
      return linesOf(wholeLines(await contentOf(path))).map((line, index) =>
        eventOf(line, `${path}:${index + 1}`),
      );
    },
  };
}

/** The event that the text holds. Throws a CorruptLogError that names where it stands. */
export function eventOf(text: string, where: string): RolloutEvent {
  try {
    return rolloutEvent.parse(JSON.parse(text));
  } catch (cause) {
    throw new CorruptLogError(`${where} is no rollout event`, { cause });
  }
}

async function appendLine(path: string, event: RolloutEvent, after: number | undefined): Promise<void> {
  const line = `${JSON.stringify(rolloutEvent.parse(event))}\n`;
  const written = await contentOf(path);
  const whole = wholeLines(written);
  if (after !== undefined && linesOf(whole).length !== after) throw new LogMovedError(after);
  await using file = await open(path, "a");
  if (whole !== written) await file.truncate(Buffer.byteLength(whole));
  await file.appendFile(line);
  await file.sync();
}

function linesOf(content: string): string[] {
  return content.split("\n").slice(0, -1);
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
