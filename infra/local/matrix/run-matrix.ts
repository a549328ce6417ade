import { mkdirSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { notAskedLines } from "../faults/script.ts";
import { play, type Scored } from "./play.ts";
import { nameOf, type Scenario } from "./scenarios.ts";
import { Stages } from "./stages.ts";

export interface MatrixRun {
  readonly scenarios: readonly Scenario[];
  readonly seed: string;
  /** A PMS export for the first yacht. */
  readonly inventory: string;
  readonly keyDirectory: string;
  /** Where the scenarios' folders and `matrix.json` go. */
  readonly directory: string;
  /** The table goes to standard error, and the result as JSON to standard output. */
  readonly json: boolean;
}

const heading = "Outcome; cause → condition; condition → v2 off, both virtual with AWS's delays; real time\n";

/** Rehearses the scenarios and prints how each went. Returns the exit code: 0 only when none is missed. */
export async function runMatrix({ scenarios, directory: given, json, ...run }: MatrixRun): Promise<number> {
  const stream = json ? process.stderr : process.stdout;
  const directory = resolve(given);
  mkdirSync(directory, { recursive: true });
  const stopping = new AbortController();
  process.once("SIGINT", () => {
    stopping.abort();
    stream.write("\nStopping after this scenario; Ctrl-C again ends at once\n");
    process.once("SIGINT", () => process.exit(130));
  });
  stream.write(heading);
  const stages = new Stages({ ...run, directory });
  const scored: Scored[] = [];
  try {
    for (const scenario of scenarios) {
      if (stopping.signal.aborted) break;
      progress(stream, `… ${nameOf(scenario)} (${scored.length + 1} of ${scenarios.length})`);
      const one = await play(scenario, stages, { directory, seed: run.seed });
      if (!one.ok) await stages.discard();
      scored.push(one);
      progress(stream, "");
      stream.write(textOf(one));
    }
  } finally {
    await stages.discard();
  }
  const missed = scored.filter(({ ok }) => !ok).length;
  const file = join(directory, "matrix.json");
  const text = `${JSON.stringify({ seed: run.seed, missed, scenarios: scored }, null, 2)}\n`;
  writeFileSync(file, text);
  if (json) process.stdout.write(text);
  stream.write(`${scored.length - missed} of ${scored.length} as expected; ${relative(".", file)}\n`);
  if (stopping.signal.aborted) return 130;
  return missed === 0 ? 0 : 1;
}

/** A line that the next one takes the place of; only on a terminal. */
function progress(stream: NodeJS.WriteStream, text: string): void {
  if (!stream.isTTY) return;
  stream.clearLine(0);
  stream.cursorTo(0);
  stream.write(text);
}

/** One line of the table, and below it what was not as expected, and what was not asked for. */
function textOf(scored: Scored): string {
  const { ok, fault, at, when, expected, outcome, causeToCondition, conditionToDown, seconds } = scored;
  const seen = (value: number | undefined) => (value === undefined ? "–" : `${value} s`);
  const columns = [
    (ok ? "ok" : "MISSED").padEnd(6),
    fault.padEnd(24),
    `${at}${when === "baking" ? "" : ` ${when}`}`.padEnd(14),
    outcome.padEnd(18),
    seen(causeToCondition).padStart(6),
    seen(conditionToDown).padStart(5),
    `${seconds.toFixed(1)} s`.padStart(7),
    `(expected: ${expected})`,
  ];
  const notes = [...(ok ? [] : scored.problems), ...notAskedLines(scored.notAsked)];
  return `${[columns.join("  "), ...notes.map((note) => `    ${note}`)].join("\n")}\n`;
}
