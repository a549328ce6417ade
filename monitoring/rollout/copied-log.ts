import type { IncidentStore } from "../incident/incident-store.ts";
import { logPrefix } from "./aws/entry-bucket-adapter.ts";
import type { RolloutEvent } from "./event.ts";
import type { EventLog } from "./event-log.ts";
import { entryNameOf } from "./numbered-log.ts";

/**
 * The log, with a copy of its entries where AWS keeps the log itself: what is collected of an incident is read there.
 * The log stays the truth: a copy that fails fails nothing, and is made up for at the next look.
 */
export function copiedLog(log: EventLog, copies: () => IncidentStore): EventLog {
  let copied = 0;
  const copy = async (events: readonly RolloutEvent[]) => {
    for (; copied < events.length; copied++) {
      const content = `${JSON.stringify(events[copied])}\n`;
      await copies().create(logPrefix + entryNameOf(copied + 1), content);
    }
  };
  let copying: Promise<void> | undefined;
  return {
    append: (event, after) => log.append(event, after),
    async read() {
      const events = await log.read();
      copying ??= copy(events)
        .catch(() => undefined)
        .finally(() => {
          copying = undefined;
        });
      await copying;
      return events;
    },
  };
}
