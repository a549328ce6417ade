/** `npm run bench`: how quick the API is, as ratios measured side by side in one run. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { usageExit } from "../../infra/usage-exit.ts";
import { startPostgres, type TestPostgres } from "../support/postgres.ts";
import { benchCanonicalReads } from "./canonical-reads.ts";
import { benchInit } from "./init-time.ts";
import { benchLens } from "./lens-decision.ts";
import { benchManyTenants } from "./many-tenants.ts";
import { benchReceivePart } from "./receive-part.ts";
import { type Findings, isMet, type Progress, type Sizes } from "./result.ts";
import { tableOf } from "./table.ts";

interface Arguments extends Partial<Sizes> {
  readonly out: string;
  readonly quick: boolean;
  readonly durable: boolean;
  readonly only?: SectionName[];
}

const full: Sizes = {
  seconds: 3,
  rounds: 5,
  connections: [1, 16, 64],
  yachts: 256,
  rows: 1_000_000,
  tenants: 1000,
  databases: 50,
};
const quick: Sizes = { ...full, seconds: 1, rounds: 3, rows: 100_000, databases: 20, tenants: 200 };

interface Stage {
  readonly postgres: TestPostgres;
  readonly directory: string;
  readonly sizes: Sizes;
  readonly progress: Progress;
}

const sections = {
  receive: ({ postgres, directory, sizes, progress }: Stage) =>
    benchReceivePart(postgres, join(directory, "api"), sizes, progress),
  lens: ({ directory, sizes, progress }: Stage) => benchLens(join(directory, "lens"), sizes, progress),
  reads: ({ postgres, sizes, progress }: Stage) => benchCanonicalReads(postgres, sizes, progress),
  tenants: ({ postgres, sizes, progress }: Stage) => benchManyTenants(postgres, sizes, progress),
  init: ({ sizes, progress }: Stage) => benchInit(sizes, progress),
} as const satisfies Record<string, (stage: Stage) => Promise<Findings>>;

type SectionName = keyof typeof sections;
const sectionNames = Object.keys(sections) as SectionName[];

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError("must be a number above 0.");
  return value;
}

const command = new Command("npm run bench --")
  .description("Measures the API's speed against the database's own, side by side, and says what limits it.")
  .option("--quick", "a short run: fewer rounds, rows and tenants", false)
  .addOption(new Option("--only <section...>", "measure only this").choices(sectionNames))
  .option("--out <directory>", "where bench.json goes", ".part-lens/bench")
  .option("--seconds <number>", "of each measurement under load", positive)
  .option("--rounds <number>", "measurements of each kind, taken in turn", positive)
  .option("--connections <number...>", "connections under load", (text, all: number[] = []) => [
    ...all,
    positive(text),
  ])
  // Enough yachts that their audit chains, each written by one at a time, are no bottleneck of their own.
  .option("--yachts <number>", "yachts that receive parts under load", positive)
  .option("--no-durable", "a server that does not wait for its disk: not what production has")
  .option("--rows <number>", "ledger rows of other yachts", positive)
  .option("--tenants <number>", "tenants in one process", positive)
  .option("--databases <number>", "real databases behind the tenants", positive)
  .showHelpAfterError()
  .exitOverride(usageExit)
  .addHelpText(
    "after",
    "\nExit codes: 0 measured, 2 it could not run, 130 Ctrl-C. A missed goal is marked, not an error.",
  );

const progress: Progress = (text) => void process.stderr.write(`${text}\n`);

/** One server, with the same settings for everything that is compared. */
async function measure(
  only: readonly SectionName[],
  sizes: Sizes,
  durable: boolean,
  directory: string,
): Promise<Findings> {
  const postgres = await startPostgres({ durable, maxConnections: 200 });
  try {
    const found: Findings[] = [];
    for (const name of only) found.push(await sections[name]({ postgres, directory, sizes, progress }));
    return { results: found.flatMap((each) => each.results), skipped: found.flatMap((each) => each.skipped) };
  } finally {
    await postgres.stop();
  }
}

function machine() {
  const processors = `${availableParallelism()} × ${cpus()[0]?.model ?? "unknown"}`;
  return { processors, system: `${process.platform} ${process.arch}`, node: process.version };
}

function write(out: string, sizes: Sizes, durable: boolean, findings: Findings): void {
  const results = findings.results.map((result) => ({ ...result, met: isMet(result) ?? null }));
  const settings = { fsync: durable, synchronous_commit: durable };
  const content = {
    at: new Date().toISOString(),
    machine: machine(),
    settings,
    sizes,
    results,
    skipped: findings.skipped,
  };
  writeFileSync(join(out, "bench.json"), `${JSON.stringify(content, null, 2)}\n`);
}

async function main({ out, quick: short, durable, only = sectionNames, ...asked }: Arguments): Promise<void> {
  const sizes: Sizes = { ...(short ? quick : full), ...asked };
  const target = resolve(out);
  mkdirSync(target, { recursive: true });
  const directory = mkdtempSync(join(tmpdir(), "part-lens-bench-"));
  process.once("SIGINT", () => {
    rmSync(directory, { recursive: true, force: true });
    process.exit(130);
  });
  try {
    const findings = await measure(only, sizes, durable, directory);
    const { processors } = machine();
    const conditions = `${processors}; PostgreSQL with fsync and synchronous_commit ${durable ? "on" : "off"}, the same server for all; Node ${process.version}`;
    const text = `${conditions}\n${tableOf(findings)}\n`;
    write(target, sizes, durable, findings);
    process.stdout.write(text);
    progress(`written: ${relative(".", join(target, "bench.json"))}`);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

try {
  await main(command.parse().opts<Arguments>());
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 2;
}
