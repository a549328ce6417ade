import { weeklyPrefix } from "../../job-records/record-keeper.ts";
import {
  anyRecordBefore,
  type Days,
  type RecordStores,
  recordsOf,
} from "../../job-records/record-reading.ts";
import type { EvidenceStore } from "../../readiness/archive.ts";
import type { EntryStore } from "../../rollout/numbered-log.ts";
import { weekOf } from "./week-of.ts";
import { concernsOf, renderWeek } from "./weekly-report.ts";

/** Where the records are, and where the reports go. */
export interface WeekPlace {
  readonly records: RecordStores;
  /** The reports that are there, by name. */
  readonly reports: Pick<EntryStore, "names">;
  readonly store: Pick<EvidenceStore, "create">;
}

export interface WrittenWeek extends Days {
  /** The report's key; undefined: nothing was written, as it is there already or no job has run before. */
  readonly key?: string;
  /** What needs a person, a sentence each. */
  readonly concerns: readonly string[];
}

const dayMilliseconds = 86_400_000;
const days = 7;

/**
 * The last whole week, Monday to Sunday in UTC, that was over a day ago: the latencies of a day are recorded on the next.
 */
export function lastWeek(at: Date): Days {
  const before = new Date(at.getTime() - dayMilliseconds);
  const sinceMonday = (before.getUTCDay() + 6) % days;
  const dateOf = (time: number) => new Date(time).toISOString().slice(0, 10);
  const to = before.getTime() - sinceMonday * dayMilliseconds;
  return { from: dateOf(to - days * dayMilliseconds), to: dateOf(to) };
}

/**
 * Writes the report of the last week, once, under a name of that week. `tell` hears what needs a person before it is
 * written. Rejects with what the stores throw.
 */
export async function writeWeek(
  { records: stores, reports, store }: WeekPlace,
  environment: string,
  at: Date,
  tell: (concerns: readonly string[]) => void,
): Promise<WrittenWeek> {
  const span = lastWeek(at);
  const name = `${span.from}.html`;
  const nothing = { ...span, concerns: [] };
  if ((await reports.names(span.from)).includes(name)) return nothing;
  const { records, unreadable } = await recordsOf(stores, span);
  if (!(await hasBegun(records, stores, span))) return nothing;
  const week = weekOf({ environment, ...span, records, latency: [] });
  const missing = [...week.missing, ...unreadable.map((text) => `${text} is no record of a job`)];
  const concerns = concernsOf({ ...week, missing });
  tell(concerns);
  const key = `${weeklyPrefix}${name}`;
  const isOurs = await store.create(key, Buffer.from(renderWeek({ ...week, missing })));
  return isOurs ? { ...span, key, concerns } : nothing;
}

/** A week in which no job left a record is one that failed, unless it was before the first. */
async function hasBegun(
  records: readonly { readonly at: string }[],
  stores: RecordStores,
  { to }: Days,
): Promise<boolean> {
  return records.some(({ at }) => at < to) || anyRecordBefore(stores, to);
}
