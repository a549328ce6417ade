/** `npm run jobs -- sweep`: what the scheduled sweep does, by hand. */
import { Command } from "commander";
import { sweepFleet } from "./sweep-function.ts";

const program = new Command("npm run jobs -- sweep")
  .description("Removes objects that nobody confirmed within an hour, and what came again after a deletion.")
  .option("--json", "print the results as one JSON array", false)
  .showHelpAfterError()
  .addHelpText("after", "\nExit codes: 0 all removed, 1 some could not be removed, 2 it could not run.");

program.exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2));
const { json } = program.parse().opts<{ json: boolean }>();
try {
  const swept = await sweepFleet(process.env, () => {});
  const lines = swept.map(({ yachtId, removed, failed }) => `${yachtId}: ${removed} removed, ${failed} left`);
  console.log(json ? JSON.stringify(swept) : lines.join("\n"));
  process.exitCode = swept.some(({ failed }) => failed > 0) ? 1 : 0;
} catch (error) {
  process.stderr.write(`jobs: ${(error as Error).message}\n`);
  process.exitCode = 2;
}
