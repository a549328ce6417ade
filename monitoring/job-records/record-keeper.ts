import { createHash } from "node:crypto";
import { type JobRule, jobSchedule } from "../job-schedule.ts";
import type { EvidenceStore } from "../readiness/archive.ts";
import type { RecordedJob, RecordedRun } from "./job-record.ts";

/** Where the scheduled functions' records lie in the evidence bucket; below it a folder a job, as in a record folder. */
export const recordPrefix = "reports/";

/** Where the reports of the weeks lie beside them. */
export const weeklyPrefix = `${recordPrefix}weekly/` as const;

/**
 * What a run's record is called, by when it was over. Of a job that records hourly only the first clean run of an hour
 * has a name of its own, and the first that found something in just these tenants: no object is written a minute, and
 * no tenant's finding is lost, only how often it was found. Another place that drifts in that tenant is named by the next
 * hour's record, unless it was repaired before.
 */
export function recordName(run: RecordedRun, at: string): string {
  const rules: Partial<Record<RecordedJob, JobRule>> = jobSchedule;
  return rules[run.job]?.records === "hourly" ? `${at.slice(0, 13)}-${findingOf(run)}.json` : `${at}.json`;
}

function findingOf({ results }: RecordedRun): string {
  const tenants = results
    .filter((one) => ("breaks" in one && one.breaks > 0) || ("violations" in one && one.violations > 0))
    .map(({ tenant }) => tenant)
    .toSorted();
  if (tenants.length === 0) return "clean";
  return `found-${createHash("sha256").update(JSON.stringify(tenants)).digest("hex").slice(0, 8)}`;
}

/**
 * Leaves records in the store, as the functions do: a name that is there already stays as it is. It remembers the last
 * names, so that a warm function asks the store once an hour.
 */
export class RecordKeeper {
  readonly #last = new Map<string, string>();

  /** Throws what the store throws: the run then counts as failed; its findings have been told. */
  async keep(
    store: Pick<EvidenceStore, "create">,
    environment: string,
    run: RecordedRun,
    now = new Date(),
  ): Promise<void> {
    const at = now.toISOString();
    const key = `${recordPrefix}${run.job}/${recordName(run, at)}`;
    const slot = `${run.job} ${findingOf(run)}`;
    if (this.#last.get(slot) === key) return;
    await store.create(key, Buffer.from(`${JSON.stringify({ ...run, environment, at })}\n`));
    this.#last.set(slot, key);
  }
}
