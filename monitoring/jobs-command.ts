/** `npm run jobs -- <job>`: what the scheduled functions do, by hand. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import * as z from "zod";
import { review, reviewedMilliseconds } from "./audit-review/review.ts";
import { countText } from "./count-text.ts";
import { checkIntegrity } from "./integrity-check.ts";
import { closeConnections } from "./job-databases.ts";
import type { RecordedRun } from "./job-records/job-record.ts";
import { leaveRecord, recordFolder } from "./job-records/record-folder.ts";
import { orphansRun, probeRun, queriesRun, reconcileRun, reviewRun } from "./job-records/recorded-run.ts";
import { jobsEnv, VariablesWrongError } from "./jobs-env.ts";
import { latencyOf } from "./latency-adapter.ts";
import { searchOrphans } from "./orphan-search.ts";
import { probe } from "./probes/probe.ts";
import { fileCursors } from "./reconciliation/cursors.ts";
import { reconcile } from "./reconciliation/reconcile.ts";
import { breaksOf } from "./reconciliation/reconciliation.ts";
import { repair } from "./reconciliation/repair.ts";
import { weeklyCommand } from "./report/weekly/weekly-command.ts";
import { dayBefore } from "./scheduled-run.ts";
import { tryIndexCommand } from "./trends/index-trial-command.ts";
import { type LatencyDay, latencyDays } from "./trends/latency-days.ts";
import { reviewQueries } from "./trends/query-review.ts";

interface Shown {
  readonly json: boolean;
}

interface Emitting extends Shown {
  readonly metrics: boolean;
}

interface Recorded extends Shown {
  /** The folder; false: nowhere. */
  readonly records: string | false;
}

const cursorFile = join(import.meta.dirname, "../.part-lens/jobs/reconciliation.json");

const manual = `
Environment:
  STACK_ENVIRONMENT                          local, dev, staging or prod
  MASTER_HOST, MASTER_PORT, MASTER_DATABASE  MASTER, which knows every tenant
  PGPASSFILE, PGSSLMODE=disable              passwords from a file, on one machine; without them an IAM token and TLS
  BUCKETS, SESSION_ROLE, AWS_REGION          for jobs that look at objects: the buckets' names as JSON, and the role
                                             whose sessions reach them; AWS_ENDPOINT_URL for another endpoint than AWS's
A local stack's are in .part-lens/local/jobs.env: (. .part-lens/local/jobs.env && npm run jobs -- reconcile)

Alerts go to standard error. Exit codes: 0 clean, 1 something was found, 2 it could not run.`;

const program = new Command("npm run jobs --")
  .description("Runs what looks after the data: reconciliation, signature review, probes, objects, trends.")
  // The sweep is a process of its own: how it ended is how we end.
  .exitOverride((error) => {
    if (error.code !== "commander.executeSubCommandAsync") throw error;
    process.exitCode = error.exitCode;
  })
  .addHelpText("after", manual);

/** Alerts always, metric lines where they are asked for: a person reads this, a log group does not. */
const toStandardError =
  ({ metrics = false }: Partial<Emitting> = {}) =>
  (line: string): void => {
    if (metrics || !line.includes('"_aws"')) process.stderr.write(`${line}\n`);
  };

/** Tells the results, and ends with 1 when one of them has a finding. */
function conclude<Result extends { readonly tenant: string }>(
  results: readonly Result[],
  { json }: Shown,
  found: (result: Result) => number,
  said: (result: Result) => string,
): void {
  const lines = results.map((result) => `${result.tenant}: ${said(result)}, ${found(result)} found`);
  console.log(json ? JSON.stringify(results) : lines.join("\n"));
  process.exitCode = results.some((result) => found(result) > 0) ? 1 : 0;
}

const job = (name: string, description: string) =>
  program
    .command(name)
    .description(description)
    .exitOverride()
    .option("--json", "print the results as one JSON array", false);

/** A job that emits metrics: its function's lines, which CloudWatch takes from a log group. */
const withMetrics = (command: Command) =>
  command.option("--metrics", "print the metric lines, too, on standard error", false);

/** A job whose runs the weekly report tells of. */
const recorded = (command: Command) =>
  command
    .addOption(
      new Option("--records <folder>", "where the run's record is left for the weekly report")
        .env("JOB_RECORDS")
        .default(recordFolder),
    )
    .option("--no-records", "leave none");

/** After the results were told: a record that cannot be written must not hide them. */
async function leave({ records }: Recorded, run: RecordedRun): Promise<void> {
  if (records !== false) await leaveRecord(records, jobsEnv(process.env).environment, run);
}

withMetrics(
  job("integrity", "counts where ledger and cache disagree, and transactions without an owner"),
).action(async (options: Emitting) => {
  const results = await checkIntegrity(jobsEnv(process.env), toStandardError(options));
  conclude(
    results,
    options,
    ({ breaks }) => breaks,
    () => "looked at whole",
  );
});

withMetrics(recorded(job("reconcile", "compares ledger and cache, where new ledger rows are")))
  .option("--full", "compare everything", false)
  .option("--cursor <file>", "up to where each tenant was found clean", cursorFile)
  .action(async (options: Recorded & Emitting & { full: boolean; cursor: string }) => {
    const { full, cursor } = options;
    const results = await reconcile(jobsEnv(process.env), {
      full,
      cursors: fileCursors(cursor),
      print: toStandardError(options),
    });
    conclude(results, options, breaksOf, ({ mode, examined }) => `${mode}, ${examined} stock rows`);
    await leave(options, reconcileRun(results, full));
  });

withMetrics(recorded(job("review", "reviews the signatures in the audit log, and follows its chain")))
  .option("--since <time>", "ISO 8601; a week ago by default")
  .action(async (options: Recorded & Emitting & { since?: string }) => {
    const since = new Date(options.since ?? Date.now() - reviewedMilliseconds);
    if (Number.isNaN(since.getTime())) throw new Error(`--since ${options.since} is no time`);
    const results = await review(jobsEnv(process.env), { since, print: toStandardError(options) });
    const said = ({ rows, signedActions: { executed, withEvidence } }: (typeof results)[number]) =>
      `${countText(rows, "row")}, ${withEvidence} of ${countText(executed, "signed action")} with evidence`;
    conclude(results, options, ({ defects }) => defects.length, said);
    await leave(options, reviewRun(results));
  });

withMetrics(
  recorded(job("probe", "tries to reach rows and objects of foreign yachts, as the API could")),
).action(async (options: Recorded & Emitting) => {
  const results = await probe(jobsEnv(process.env), toStandardError(options));
  conclude(
    results,
    options,
    ({ violations }) => violations.length,
    ({ attempts }) => countText(attempts, "attempt"),
  );
  await leave(options, probeRun(results));
});

job("repair", "sets a part's cache to the sum of its ledger, and records it; the ledger is not touched")
  .requiredOption("--yacht <id>", "the yacht's id", anId)
  .requiredOption("--part <id>", "the part's id", anId)
  .requiredOption(
    "--by <id>",
    "your user id: the audit row's actor, chief engineer, captain or manager there",
    anId,
  )
  .requiredOption("--reason <text>", "why: part of the evidence")
  .action(async (options: Shown & { yacht: string; part: string; by: string; reason: string }) => {
    const { yacht, part, by, reason } = options;
    const { master } = jobsEnv(process.env);
    const done = await repair(master, { yachtId: yacht, partId: part, by, reason });
    const lines = done.repaired.map(({ location, cached, total }) => `${location}: ${cached} -> ${total}`);
    console.log(options.json ? JSON.stringify(done) : lines.join("\n") || "nothing to repair");
  });

recorded(job("orphans", "compares the objects of every yacht with her rows, in both directions")).action(
  async (options: Recorded) => {
    const results = await searchOrphans(jobsEnv(process.env), toStandardError());
    const said = ({ yachtId, objects, rows }: (typeof results)[number]) =>
      `yacht ${yachtId}, ${countText(objects, "object")}, ${countText(rows, "row")}`;
    conclude(results, options, ({ orphans }) => orphans.length, said);
    await leave(options, orphansRun(results));
  },
);

recorded(
  job("queries", "tells which calls take the database's time, and which indexes would help or do nothing"),
).action(async (options: Recorded) => {
  const results = await reviewQueries(jobsEnv(process.env));
  const lines = results.flatMap(({ tenant, slowCalls, indexAdvice }) => [
    ...slowCalls.map(
      ({ call, calls, mean, share }) =>
        `${tenant}: ${call}, ${countText(calls, "call")}, ${mean.toFixed(2)} ms each, ${(100 * share).toFixed(1)} %`,
    ),
    ...indexAdvice.map(({ kind, table, index, advice }) => `${tenant}: ${kind} ${index ?? table}: ${advice}`),
  ]);
  console.log(options.json ? JSON.stringify(results) : lines.join("\n") || "nothing was called");
  await leave(options, queriesRun(results));
});

function anId(text: string): string {
  const { success, data } = z.uuid().safeParse(text);
  if (!success) throw new InvalidArgumentError("It must be a UUID.");
  return data;
}

interface TrendOptions extends Shown {
  readonly log?: string;
  readonly group?: string;
  readonly day?: string;
}

job("trends", "tells P95 and P99 by day, action and tenant, from the API's metric lines")
  .option("--log <file>", "a log of the API, a line an entry")
  .option("--group <name>", "or its log group in AWS, asked with the AWS credentials at hand")
  .option("--day <date>", "the day that the log group is asked for, YYYY-MM-DD, UTC; yesterday by default")
  .action(async (options: TrendOptions) => {
    const days = await trendsOf(options);
    const lines = days.map(
      ({ day, tenant, action, version, requests, p95, p99 }) =>
        `${day} ${tenant} ${version} ${action}: ${countText(requests, "request")}, P95 ${p95} ms, P99 ${p99} ms`,
    );
    console.log(options.json ? JSON.stringify(days) : lines.join("\n") || "no request is in the log");
  });

function trendsOf({
  log,
  group,
  day = dayBefore(new Date()),
}: TrendOptions): LatencyDay[] | Promise<LatencyDay[]> {
  if ((log === undefined) === (group === undefined)) throw new Error("give either --log or --group");
  if (log !== undefined) return latencyDays(readFileSync(log, "utf8").split("\n"));
  if (!z.iso.date().safeParse(day).success) throw new Error(`--day ${day} is no date: YYYY-MM-DD`);
  return latencyOf(group as string, day);
}

program.addCommand(weeklyCommand);
program.addCommand(tryIndexCommand);

program.command("sweep", "removes objects that nobody confirmed", {
  executableFile: join(import.meta.dirname, "../api/storage/sweep-command.ts"),
});

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else {
    const { message, code } = error as Error & { code?: string };
    const hint =
      error instanceof VariablesWrongError
        ? "; --help tells what each is, and where a local stack's are"
        : "";
    process.stderr.write(`jobs: ${message || code || String(error)}${hint}\n`);
    process.exitCode = 2;
  }
} finally {
  await closeConnections();
}
