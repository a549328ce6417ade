import { spawn } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Summary } from "../rehearsal/summary.ts";
import type { Scenario } from "./scenarios.ts";

/** How a scenario ended. Times are virtual seconds, but for `seconds`. */
export interface Scored extends Scenario {
  readonly ok: boolean;
  /** The cause of the rollback, or the verdict of the stage when there was none. */
  readonly outcome: string;
  readonly causeToCondition: number | undefined;
  readonly conditionToDown: number | undefined;
  readonly problems: readonly string[];
  readonly seconds: number;
}

export interface MatrixPlace {
  /** Each scenario has a folder of its own in it, for its stack and for its report. */
  readonly directory: string;
  readonly seed: string;
  /** Ends the scenario under way, and takes no other. */
  readonly signal?: AbortSignal;
}

const rehearse = resolve(import.meta.dirname, "../rehearsal/rehearse.ts");

/** Rehearses one scenario after the other, each in a process of its own; `told` hears of each as it ends. */
export async function faultMatrix(
  scenarios: readonly Scenario[],
  place: MatrixPlace,
  told: (scored: Scored) => void,
): Promise<Scored[]> {
  const all: Scored[] = [];
  for (const scenario of scenarios) {
    if (place.signal?.aborted) break;
    const scored = await rehearsed(scenario, place);
    told(scored);
    all.push(scored);
  }
  return all;
}

async function rehearsed(scenario: Scenario, { directory, seed, signal }: MatrixPlace): Promise<Scored> {
  const started = performance.now();
  const own = join(directory, `${scenario.fault}-${scenario.at}`);
  // What an earlier run left there must not pass for this one's.
  rmSync(join(own, "out"), { recursive: true, force: true });
  const what = ["--fault", scenario.fault, "--at", scenario.at, "--until", "rollback", "--seed", seed];
  const where = ["--state", join(own, "state"), "--out", join(own, "out")];
  const { code, lastWords } = await run([rehearse, ...what, ...where], signal);
  const seconds = (performance.now() - started) / 1000;
  const summary = summaryIn(join(own, "out"));
  return { ...scenario, ...scoreOf(code, summary, lastWords), seconds };
}

/** Passed only when the process says so and its summary does: a run that left none has proven nothing. */
export function scoreOf(
  code: number | null,
  summary: Pick<Summary, "ok" | "problems" | "rollbacks" | "stages"> | undefined,
  lastWords: string,
): Omit<Scored, keyof Scenario | "seconds"> {
  const rollback = summary?.rollbacks[0];
  return {
    ok: code === 0 && summary?.ok === true,
    outcome: rollback?.cause ?? summary?.stages.at(-1)?.verdict ?? "could not run",
    causeToCondition: rollback?.causeToCondition,
    conditionToDown: rollback?.conditionToDown,
    problems: summary?.problems ?? [lastWords],
  };
}

function run(
  args: readonly string[],
  signal: AbortSignal | undefined,
): Promise<{ code: number | null; lastWords: string }> {
  const child = spawn(process.execPath, args, {
    stdio: ["ignore", "ignore", "pipe"],
    // Ctrl-C in a terminal goes to a whole group: in one of its own it gets ours alone, and closes in peace.
    detached: true,
  });
  const stop = () => child.kill("SIGINT");
  signal?.addEventListener("abort", stop, { once: true });
  let lastWords = "";
  child.stderr.on("data", (chunk: Buffer) => {
    lastWords = (lastWords + chunk.toString()).slice(-2_000);
  });
  return new Promise((done, failed) => {
    child.on("error", failed);
    child.on("close", (code) => {
      signal?.removeEventListener("abort", stop);
      done({ code, lastWords });
    });
  });
}

function summaryIn(directory: string): Summary | undefined {
  try {
    return JSON.parse(readFileSync(join(directory, "summary.json"), "utf8")) as Summary;
  } catch {
    return undefined;
  }
}
