import { rolloutEvent } from "./event.ts";
import { CorruptLogError, type EventLog, eventOf, LogMovedError } from "./event-log.ts";

/** Where the entries lie: a folder, or a bucket (`create` is a PutObject with If-None-Match: *). */
export interface EntryStore {
  /** The names of all entries, or of those that sort after a text, in any order. */
  names(after?: string): Promise<readonly string[]>;
  read(name: string): Promise<string>;
  /** Whole or not at all; false when there is an entry of that name already. */
  create(name: string, content: string): Promise<boolean>;
}

const entryName = /^(\d{8})\.json$/;
/** Others may write as often as this between our look and our write, before we give up. */
const mostTries = 100;

/**
 * The log as one entry an event, numbered from 1: of several writers of the same number the store lets one through,
 * in whatever process or on whatever machine they are. A missing number or an entry that is no event is a
 * CorruptLogError: the log was edited.
 */
export function numberedEventLog(store: EntryStore): EventLog {
  const count = async () => {
    const numbers = (await store.names()).map((name) => Number(entryName.exec(name)?.[1] ?? 0));
    const used = numbers.filter((number) => number > 0).sort((a, b) => a - b);
    const gap = used.findIndex((number, index) => number !== index + 1);
    if (gap !== -1) throw new CorruptLogError(`the rollout's log has no entry ${entryNameOf(gap + 1)}`);
    return used.length;
  };
  return {
    async append(event, after) {
      const content = `${JSON.stringify(rolloutEvent.parse(event))}\n`;
      for (let tries = 0; tries < mostTries; tries++) {
        const written = await count();
        if (after !== undefined && written !== after) throw new LogMovedError(after);
        if (await store.create(entryNameOf(written + 1), content)) return;
      }
      throw new Error(`the rollout's log could not be written: others wrote before us ${mostTries} times`);
    },
    async read() {
      const names = Array.from({ length: await count() }, (_, index) => entryNameOf(index + 1));
      const texts = await Promise.all(names.map((name) => store.read(name)));
      return texts.map((text, index) => eventOf(text, `the entry ${names[index]}`));
    },
  };
}

/** What the entry of that number is called. */
export function entryNameOf(number: number): string {
  return `${String(number).padStart(8, "0")}.json`;
}
