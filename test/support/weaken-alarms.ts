/**
 * Loaded with `node --import` before a rehearsal: the alarm table with a hole in it. PART_LENS_WEAKEN is JSON,
 * `{ key: null }` takes an alarm out, `{ key: number }` gives it that threshold.
 */
import { alarmKeys, alarms, causeKeys, rollbackKeys } from "../../monitoring/alarms.ts";

const table = alarms as Record<string, { threshold: number }>;
/** Made from the table as it was read. */
const lists = [alarmKeys, causeKeys, rollbackKeys].map((keys) => keys as string[]);
const changes = JSON.parse(process.env.PART_LENS_WEAKEN ?? "{}") as Record<string, number | null>;

for (const [key, threshold] of Object.entries(changes)) {
  if (!table[key]) throw new Error(`no alarm ${key} to weaken`);
  if (threshold === null) {
    delete table[key];
    for (const keys of lists) if (keys.includes(key)) keys.splice(keys.indexOf(key), 1);
  } else {
    table[key] = { ...table[key], threshold };
  }
}
