/** `npm run false-rollbacks`: healthy rollouts through the real alarm table. Exit code 0 only without a false rollback. */
import { Command, InvalidArgumentError } from "commander";
import { usageExit } from "../../usage-exit.ts";
import { falseRollbacks, textOf } from "./false-rollbacks.ts";
import { noiseOfRecording, noiseWithinBake, recorded } from "./healthy-noise.ts";

interface Arguments {
  readonly runs: number;
  readonly seed: string;
  readonly bound: boolean;
  readonly json: boolean;
}

const command = new Command("npm run false-rollbacks --")
  .description(
    "Counts how often alarms or the judge roll back a healthy v2, whose noise stays at 80 % of each limit.",
  )
  .option(
    "--runs <number>",
    "healthy runs of the canary stages, for the alarms and again for the judge",
    count,
    2_000,
  )
  .option("--seed <text>", "of the noise", "part-lens")
  .option("--no-bound", "chance alone decides: shows how often a v2 at 80 % on average is over a limit")
  .option("--json", "print the result as JSON", false)
  .showHelpAfterError()
  .exitOverride(usageExit)
  .addHelpText("after", "\nExit codes: 0 no false rollback, 1 at least one, 2 it could not run.");

function count(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1)
    throw new InvalidArgumentError("it takes a whole number from 1.");
  return number;
}

/** A line that the result takes the place of; only on a terminal. */
function progress(done: number): void {
  const { stderr } = process;
  if (!stderr.isTTY || (done % progressEvery !== 0 && done !== runs)) return;
  stderr.clearLine(0);
  stderr.cursorTo(0);
  if (done < runs) stderr.write(`… ${done} of ${runs} runs`);
}

const progressEvery = 20;
const { runs, seed, bound, json } = command.parse().opts<Arguments>();
const noises = [noiseOfRecording(recorded), noiseWithinBake(recorded)].map(({ bound: most, ...unbounded }) =>
  bound && most !== undefined ? { ...unbounded, bound: most } : unbounded,
);
const results = [];
for (const noise of noises) {
  const result = await falseRollbacks(runs, { seed, noise }, progress);
  results.push(result);
  if (!json) process.stdout.write(`${textOf(result)}\n`);
}
if (json) process.stdout.write(`${JSON.stringify(results, null, 2)}\n`);
process.exitCode = results.every(({ found }) => found.length === 0) ? 0 : 1;
