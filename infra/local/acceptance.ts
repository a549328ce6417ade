/** The local half of `npm run evidence -- acceptance`: a stack of its own, with the pilots on v2, until it is done. */
import { join, resolve } from "node:path";
import { Command, CommanderError } from "commander";
import { reportAcceptance } from "../../monitoring/evidence/acceptance-report.ts";
import { acceptanceIdentities } from "./acceptance-identities.ts";
import { acceptanceStack, acceptanceStage } from "./acceptance-stack.ts";
import { type KnownGood, knownGood } from "./known-good/known-good.ts";
import { knownGoodAcceptance } from "./known-good/known-good-acceptance.ts";
import type { LocalStack } from "./local-stack.ts";

interface Options {
  readonly out: string;
  readonly state: string;
  readonly json: boolean;
  /** True: the revision that served before this checkout. */
  readonly knownGood?: string | true;
}

type Tell = (text: string) => void;

const keyDirectory = resolve(".part-lens/keys");

const command = new Command("node infra/local/acceptance.ts")
  .description("Stands a local stack up and runs the acceptance against it.")
  .option("--out <directory>", "where the files go", ".part-lens/evidence")
  .option("--state <directory>", "where the stack lives while it runs", ".part-lens/acceptance")
  .option("--known-good [revision]", "let that code serve on this checkout's SQL")
  .option("--json", "print the record as JSON; what is told goes to standard error", false)
  .addHelpText("after", "\nExit codes: 0 every case passed, 1 one did not, 2 it could not run, 130 Ctrl-C.")
  .exitOverride();

async function main(options: Options): Promise<number> {
  const { json } = options;
  const tell: Tell = (text) => (json ? process.stderr : process.stdout).write(`${text}\n`);
  if (options.knownGood === undefined) return accept(options, tell);
  const asked = options.knownGood === true ? undefined : options.knownGood;
  tell("Building the code of before …");
  const good = await knownGood(process.cwd(), asked);
  return typeof good === "string" ? skip(good, options, tell) : accept(options, tell, good);
}

/** Nothing served before, so nothing can be broken. */
function skip(reason: string, { json }: Options, tell: Tell): number {
  tell(`skipped: ${reason}\n0 passed, 0 failed, 1 skipped`);
  if (json) process.stdout.write(`${JSON.stringify({ skipped: reason }, null, 2)}\n`);
  return 0;
}

async function accept({ out, state, json }: Options, tell: Tell, good?: KnownGood): Promise<number> {
  const started = performance.now();
  const { stack, service } = await acceptanceStack({ state, keyDirectory, begun: closeOnSignal });
  try {
    const identities = await acceptanceIdentities(stack, service, keyDirectory);
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    tell(`Local stack at ${service.apiUrl}, ${acceptanceStage} (${seconds} s)`);
    if (!good) return (await reportAcceptance({ url: service.apiUrl, identities }, { out, json })) ? 0 : 1;
    // Beside the evidence of the code that is to ship, not over it.
    const beside = { out: join(out, "known-good"), tell };
    const record = await knownGoodAcceptance(good, { stack, service, identities, ...beside });
    if (json) process.stdout.write(`${JSON.stringify(record, null, 2)}\n`);
    return record.passed ? 0 : 1;
  } finally {
    await stack.close();
  }
}

/** Ctrl-C reaches this process twice when a parent passes it on: the second one must not cut the closing short. */
function closeOnSignal(stack: LocalStack): void {
  let stopping = false;
  const stop = () => {
    if (stopping) return;
    stopping = true;
    void stack.close().finally(() => process.exit(130));
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, stop);
}

try {
  process.exitCode = await main(command.parse().opts<Options>());
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else {
    const named =
      error instanceof Error && error.name !== "Error" ? `${error.name}: ${error.message}` : error;
    process.stderr.write(`acceptance: ${named instanceof Error ? named.stack : String(named)}\n`);
    process.exitCode = 2;
  }
}
