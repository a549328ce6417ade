/** `npm run jobs -- weekly`: a week of the jobs' records as one HTML file. */
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Command, Option } from "commander";
import * as z from "zod";
import type { JobRecord } from "../../job-records/job-record.ts";
import { readRecords, recordFolder } from "../../job-records/record-folder.ts";
import { type Days, recordsOf } from "../../job-records/record-reading.ts";
import { recordBucket } from "../../record-bucket-adapter.ts";
import { type LatencyDay, latencyDay, latencyDays } from "../../trends/latency-days.ts";
import { numbered } from "../figures.ts";
import type { Week } from "./week.ts";
import { weekOf } from "./week-of.ts";
import { concernsOf, renderWeek } from "./weekly-report.ts";

export interface WeeklyOptions {
  /** The first day, an ISO date; undefined: the seven days that end with today. */
  readonly week?: string;
  /** Undefined: that of the records, which then must be one. */
  readonly env?: string;
  readonly records: string;
  /** The evidence bucket, in place of the folder. */
  readonly bucket?: string;
  /** Files of metric lines, and of rows in JSON. */
  readonly lines?: readonly string[];
  readonly latencies?: readonly string[];
  /** Undefined: beside the records' default folder, named after the week. */
  readonly out?: string;
}

export interface WeeklyOutcome {
  readonly file: string;
  /** What needs a person, a sentence each. */
  readonly concerns: readonly string[];
  readonly week: Week;
}

/** The options do not say which week, or of what environment. */
export class WeekUnclearError extends Error {
  override readonly name = "WeekUnclearError";
}

const dayMilliseconds = 86_400_000;
const days = 7;

const manual = `
The records: reconcile, review, probe, orphans and queries leave one a run in --records, as <job>/<time>.json. In AWS the
scheduled functions leave theirs in the evidence bucket under reports/, reconcile and probe one an hour and one more for
each finding, and trends one a day: --bucket reads them there, with the AWS credentials at hand. The job weekly writes
the same report of every week, Monday to Sunday, into that bucket, as reports/weekly/<Monday>.html.
The latencies come from the records of trends, and from either of these, or both, which go before the records:
  --lines      a log of the API with its metric lines, an entry a line: the local API's output, or the messages of the
               log group in AWS (aws logs filter-log-events … --query 'events[].message' --output text | tr '\\t' '\\n')
  --latencies  a JSON array of { day, tenant, action, version, requests, p95, p99 }, milliseconds, as "trends --json"
               prints it; the saved query of the stack in CloudWatch Logs Insights gives the same of one day, without it
What has no record is no success: it is named, and needs a person.

Exit codes: 0 nothing needs a person, 1 something does, 2 it could not run.`;

export const weeklyCommand = new Command("weekly")
  .description("makes the weekly report of the jobs' records: drift, signatures, latencies, probes, objects")
  .exitOverride()
  .option("--week <date>", "its first day, YYYY-MM-DD, UTC; without it the seven days that end with today")
  .addOption(
    new Option("--records <folder>", "where the jobs left their records")
      .env("JOB_RECORDS")
      .default(recordFolder),
  )
  .option("--bucket <name>", "read the records from this evidence bucket instead")
  .addOption(new Option("--env <name>", "the environment whose records count").env("STACK_ENVIRONMENT"))
  .option("--lines <files...>", "logs of the API with its metric lines")
  .option("--latencies <files...>", "latencies by day as JSON")
  .option("--out <file>", "the HTML file; .part-lens/jobs/weekly-<first day>.html by default")
  .option("--json", "print file, concerns and the week's data as JSON")
  .addHelpText("after", manual)
  .action(async ({ json, ...options }: WeeklyOptions & { json?: true }) => {
    const outcome = await reportWeek(options, new Date());
    console.log(json ? JSON.stringify(outcome) : said(outcome));
    process.exitCode = outcome.concerns.length > 0 ? 1 : 0;
  });

/** Reads, writes the file, and tells what is in it. Throws WeekUnclearError, and what reading and writing throw. */
export async function reportWeek(options: WeeklyOptions, now: Date): Promise<WeeklyOutcome> {
  const span = spanOf(options.week, now);
  const all = await recordsFor(options, span);
  const environment = environmentOf(options.env, all);
  const records = all.filter((record) => record.environment === environment);
  const latency = await latencyOf(options);
  const week = weekOf({ environment, ...span, records, latency });
  const file = options.out ?? join(dirname(recordFolder), `weekly-${span.from}.html`);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(`${file}.${process.pid}.new`, renderWeek(week));
  await rename(`${file}.${process.pid}.new`, file);
  return { file, concerns: concernsOf(week), week };
}

async function recordsFor(
  { bucket, records: folder }: WeeklyOptions,
  span: Days,
): Promise<readonly JobRecord[]> {
  if (bucket === undefined) return readRecords(folder, span);
  const { records, unreadable } = await recordsOf(recordBucket(bucket), span);
  for (const name of unreadable) process.stderr.write(`${name} is no record of a job, and is left out\n`);
  return records;
}

function spanOf(first: string | undefined, now: Date): Days {
  const dateOf = (at: number) => new Date(at).toISOString().slice(0, 10);
  const from = first ?? dateOf(now.getTime() - (days - 1) * dayMilliseconds);
  if (!z.iso.date().safeParse(from).success)
    throw new WeekUnclearError(`--week ${from} is no date: YYYY-MM-DD`);
  return { from, to: dateOf(Date.parse(from) + days * dayMilliseconds) };
}

function environmentOf(wanted: string | undefined, records: readonly JobRecord[]): string {
  if (wanted) return wanted;
  const found = [...new Set(records.map(({ environment }) => environment))].toSorted();
  if (found.length === 1) return found[0]!;
  if (found.length === 0)
    throw new WeekUnclearError("no record is of this week: name the environment by --env");
  throw new WeekUnclearError(`the records are of ${found.join(" and ")}: name one by --env`);
}

const rows = z.array(latencyDay);

/** All lines are taken together: quantiles of parts cannot be added up. */
async function latencyOf({ lines = [], latencies = [] }: WeeklyOptions): Promise<LatencyDay[]> {
  const logs = await Promise.all(lines.map((path) => readFile(path, "utf8")));
  const given = await Promise.all(latencies.map(async (path) => rowsOf(path, await readFile(path, "utf8"))));
  return [...latencyDays(logs.flatMap((text) => text.split("\n"))), ...given.flat()];
}

function rowsOf(path: string, text: string): LatencyDay[] {
  try {
    return rows.parse(JSON.parse(text));
  } catch (cause) {
    throw new Error(`${path} is no JSON array of latencies: see npm run jobs -- weekly --help`, { cause });
  }
}

function said({ file, concerns, week }: WeeklyOutcome): string {
  const outcome =
    concerns.length === 0
      ? "nothing needs a person"
      : `${numbered(concerns.length, "thing")} ${concerns.length === 1 ? "needs" : "need"} a person`;
  return [
    `${week.environment}, the week from ${week.from}: ${outcome}`,
    ...concerns.map((text) => `  ${text}`),
    file,
  ].join("\n");
}
