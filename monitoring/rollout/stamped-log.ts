import type { CodeStamp } from "./code-stamp.ts";
import type { EventLog } from "./event-log.ts";

/**
 * The log, where every move up and every verdict names the code that serves at that moment. `served` answers undefined
 * where that is not known; nothing is stamped then.
 */
export function stampedLog(log: EventLog, served: () => CodeStamp | undefined): EventLog {
  return {
    read: () => log.read(),
    append(event, after) {
      if (event.kind !== "advanced" && event.kind !== "judged") return log.append(event, after);
      const code = served();
      return log.append(code ? { ...event, code } : event, after);
    },
  };
}
