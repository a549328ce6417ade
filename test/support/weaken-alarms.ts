/**
 * Loaded with `node --import` before a rehearsal: the alarm table with a hole in it. PART_LENS_WEAKEN is JSON,
 * `{ key: null }` takes an alarm out, `{ key: number }` gives it that threshold.
 */
import { alarmKeys, alarms } from "../../monitoring/alarms.ts";

const table = alarms as Record<string, { threshold: number }>;
const keys = alarmKeys as string[];
const changes = JSON.parse(process.env.PART_LENS_WEAKEN ?? "{}") as Record<string, number | null>;

for (const [key, threshold] of Object.entries(changes)) {
  if (!table[key]) throw new Error(`no alarm ${key} to weaken`);
  if (threshold === null) {
    delete table[key];
    keys.splice(keys.indexOf(key), 1);
  } else {
    table[key] = { ...table[key], threshold };
  }
}
