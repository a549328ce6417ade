import { upperBound } from "../../../monitoring/statistics/binomial.ts";
import { type FalseRollback, type HealthyRun, healthyRun } from "./healthy-run.ts";

export interface FalseRollbacks extends Omit<HealthyRun, "run" | "table" | "judge"> {
  readonly runs: number;
  readonly found: readonly FalseRollback[];
  /** With 95 % confidence fewer than this share of healthy rollouts, with this noise, is rolled back. */
  readonly provenBelow: number;
  /** Real ones. */
  readonly seconds: number;
}

/** Replays so many healthy rollouts, one after the other. `progress` hears how many are done. */
export async function falseRollbacks(
  runs: number,
  asked: Omit<HealthyRun, "run">,
  progress: (done: number) => void = () => undefined,
): Promise<FalseRollbacks> {
  const started = performance.now();
  const found: FalseRollback[] = [];
  for (let run = 0; run < runs; run++) {
    const seen = await healthyRun({ ...asked, run });
    if (seen) found.push(seen);
    progress(run + 1);
  }
  const seconds = (performance.now() - started) / 1000;
  const { noise, seed } = asked;
  return { runs, noise, seed, found, provenBelow: upperBound(found.length, runs), seconds };
}

/** What was run and what that proves, a line each. */
export function textOf({ runs, noise, seed, found, provenBelow, seconds }: FalseRollbacks): string {
  const { within, failureShare, serverErrorShare, unavailableShare, medianMilliseconds, sigma, bound } =
    noise;
  const percent = (share: number) => `${(100 * share).toFixed(2)} %`;
  const causes = Map.groupBy(found, ({ by }) => by);
  const named = [...causes].map(([by, seen]) => `${seen.length} by ${by}`).join(", ");
  const watched =
    within === "bake" ? "alarms and judge, at the limits of a bake" : "alarms, at their own limits";
  return [
    `${runs} healthy runs of the canary stages (${watched}), seed "${seed}", ${seconds.toFixed(1)} s`,
    `noise: ${percent(failureShare)} fail, ${percent(serverErrorShare)} of them with 5xx, ${percent(unavailableShare)} are answered 503, latency log-normal with median ${medianMilliseconds.toFixed(0)} ms and ` +
      `sigma ${sigma.toFixed(3)}, ${bound === undefined ? "unbounded" : `at most ${percent(bound)} of each limit in 5 minutes`}`,
    `${found.length} false rollbacks${named && `: ${named}`}`,
    `proven with 95 % confidence: below ${percent(provenBelow)} of such runs${found.length === 0 ? " (3/n)" : ""}`,
  ].join("\n");
}
