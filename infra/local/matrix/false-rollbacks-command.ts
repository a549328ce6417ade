/** `npm run false-rollbacks`: healthy rollouts through the real alarm table. Exit code 0 only without a false rollback. */
import { Command, InvalidArgumentError } from "commander";
import { falseRollbacks, textOf } from "./false-rollbacks.ts";
import { noiseOfRecording, recorded } from "./healthy-noise.ts";

interface Arguments {
  readonly runs: number;
  readonly seed: string;
  readonly bound: boolean;
  readonly json: boolean;
}

const command = new Command("npm run false-rollbacks --")
  .description("Counts how often the alarms roll back a healthy v2, whose noise stays at 80 % of each limit.")
  .option("--runs <number>", "healthy runs of the canary stages", count, 2_000)
  .option("--seed <text>", "of the noise", "part-lens")
  .option("--no-bound", "chance alone decides: shows how often a v2 at 80 % on average is over a limit")
  .option("--json", "print the result as JSON", false)
  .showHelpAfterError()
  .addHelpText("after", "\nExit codes: 0 no false rollback, 1 at least one.");

function count(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1)
    throw new InvalidArgumentError("it takes a whole number from 1.");
  return number;
}

const { runs, seed, bound, json } = command.parse().opts<Arguments>();
const { bound: most, ...unbounded } = noiseOfRecording(recorded);
const result = await falseRollbacks(runs, { seed, noise: bound ? { ...unbounded, bound: most } : unbounded });
process.stdout.write(`${json ? JSON.stringify(result, null, 2) : textOf(result)}\n`);
process.exitCode = result.found.length === 0 ? 0 : 1;
