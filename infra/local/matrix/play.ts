import { createWriteStream, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import type { Script } from "../faults/script.ts";
import { Rehearsal } from "../rehearsal/rehearsal.ts";
import { type Summary, summaryOf } from "../rehearsal/summary.ts";
import { Terminal } from "../rehearsal/terminal.ts";
import type { Scenario } from "./scenarios.ts";
import { expectationOf, nameOf } from "./scenarios.ts";
import type { Stages } from "./stages.ts";

/** How a scenario ended, as it stands in `matrix.json`. Times are virtual seconds, but for `seconds`. */
export interface Scored extends Omit<Scenario, "script"> {
  readonly expected: string;
  readonly ok: boolean;
  /** The cause of the rollback, or the verdict of the stage when there was none. */
  readonly outcome: string;
  readonly causeToCondition: number | undefined;
  readonly conditionToDown: number | undefined;
  readonly problems: readonly string[];
  /** What was not asked of the record of its rollback, with the reasons. */
  readonly notAsked?: Script["notLeft"];
  readonly seconds: number;
}

export interface Place {
  /** Each scenario leaves its summary and what it told in a folder of its own. */
  readonly directory: string;
  readonly seed: string;
}

/** Rehearses one scenario from its own stage on, to its verdict. Never rejects: what could not run is missed. */
export async function play(
  scenario: Scenario,
  stages: Pick<Stages, "stageFor">,
  { directory, seed }: Place,
): Promise<Scored> {
  const started = performance.now();
  const { script, ...named } = scenario;
  const own = join(directory, nameOf(scenario));
  mkdirSync(own, { recursive: true });
  const log = createWriteStream(join(own, "told.txt"));
  try {
    const stage = await stages.stageFor(scenario);
    const { fault, at, when } = scenario;
    const options = { fault, script, at, when, seed, until: "rollback", startsAtItsStage: true } as const;
    const summary = summaryOf(await new Rehearsal(stage, options, new Terminal(log)).run());
    const notAsked = summary.record?.notAsked;
    writeFileSync(join(own, "summary.json"), `${JSON.stringify(summary, null, 2)}\n`);
    return {
      ...named,
      expected: expectationOf(scenario),
      ...scoreOf(summary),
      ...(notAsked && { notAsked }),
      seconds: since(started),
    };
  } catch (error) {
    const problems = [error instanceof Error ? (error.stack ?? error.message) : String(error)];
    const nothing = { causeToCondition: undefined, conditionToDown: undefined };
    const expected = expectationOf(scenario);
    return {
      ...named,
      expected,
      ok: false,
      outcome: "could not run",
      ...nothing,
      problems,
      seconds: since(started),
    };
  } finally {
    log.end();
    await finished(log);
  }
}

/** What the summary of a rehearsal says, in a line. */
export function scoreOf({
  ok,
  problems,
  rollbacks,
  stages,
}: Pick<Summary, "ok" | "problems" | "rollbacks" | "stages">): Pick<
  Scored,
  "ok" | "outcome" | "causeToCondition" | "conditionToDown" | "problems"
> {
  const [rollback] = rollbacks;
  return {
    ok,
    outcome: rollback?.cause ?? stages.at(-1)?.verdict ?? "no verdict",
    causeToCondition: rollback?.causeToCondition,
    conditionToDown: rollback?.conditionToDown,
    problems,
  };
}

function since(started: number): number {
  return (performance.now() - started) / 1000;
}
