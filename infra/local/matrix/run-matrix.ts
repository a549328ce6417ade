import { mkdirSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { faultMatrix, type Scored } from "./fault-matrix.ts";
import type { Scenario } from "./scenarios.ts";

export interface MatrixRun {
  readonly scenarios: readonly Scenario[];
  readonly seed: string;
  /** Where the scenarios' folders and `matrix.json` go. */
  readonly directory: string;
  /** The table goes to standard error, and the result as JSON to standard output. */
  readonly json: boolean;
}

const heading = "Outcome; cause → condition; condition → v2 off, both virtual with AWS's delays; real time\n";

/** Rehearses the scenarios and prints how each went. Returns the exit code: 0 only when none is missed. */
export async function runMatrix({ scenarios, seed, directory: given, json }: MatrixRun): Promise<number> {
  const stream = json ? process.stderr : process.stdout;
  const directory = resolve(given);
  mkdirSync(directory, { recursive: true });
  const stopping = new AbortController();
  process.once("SIGINT", () => stopping.abort());
  stream.write(heading);
  const told = (scored: Scored) => void stream.write(textOf(scored));
  const scored = await faultMatrix(scenarios, { directory, seed, signal: stopping.signal }, told);
  const missed = scored.filter(({ ok }) => !ok).length;
  const file = join(directory, "matrix.json");
  const text = `${JSON.stringify({ seed, missed, scenarios: scored }, null, 2)}\n`;
  writeFileSync(file, text);
  if (json) process.stdout.write(text);
  stream.write(`${scored.length - missed} of ${scored.length} as expected; ${relative(".", file)}\n`);
  if (stopping.signal.aborted) return 130;
  return missed === 0 ? 0 : 1;
}

/** One line of the table, and below it what was not as expected. */
function textOf(scored: Scored): string {
  const { ok, fault, at, expected, outcome, causeToCondition, conditionToDown, seconds, problems } = scored;
  const seen = (value: number | undefined) => (value === undefined ? "–" : `${value} s`);
  const columns = [
    (ok ? "ok" : "MISSED").padEnd(6),
    fault.padEnd(18),
    at.padEnd(8),
    outcome.padEnd(18),
    seen(causeToCondition).padStart(6),
    seen(conditionToDown).padStart(5),
    `${seconds.toFixed(0)} s`.padStart(5),
    `(expected: ${expected})`,
  ];
  const lines = [columns.join("  "), ...(ok ? [] : problems.map((problem) => `    ${problem}`))];
  return `${lines.join("\n")}\n`;
}
