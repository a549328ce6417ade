import { awsDelays } from "../../../monitoring/aws-delays.ts";
import type { Timeline } from "../../../monitoring/report/timeline.ts";
import type { RolloutEvent } from "../../../monitoring/rollout/event.ts";
import type { Climb } from "./ascent.ts";
import type { Descended } from "./descent.ts";
import type { LedgerCheck } from "./ledger-check.ts";
import type { Surprise } from "./observations.ts";
import type { RehearsalOptions } from "./options.ts";
import { problemsOf } from "./problems.ts";
import type { WeekPassed } from "./production-week.ts";
import type { SealedEvidence } from "./sealed-evidence.ts";
import type { SteppedDown } from "./step-down.ts";

/** Everything that a rehearsal came to know, before it is judged. */
export interface Findings {
  readonly options: RehearsalOptions;
  readonly timeline: Omit<Timeline, "outcome">;
  readonly stamps: { readonly codeVersion: string; readonly migrationHash: string };
  readonly climbs: readonly Climb[];
  readonly descended: Descended | undefined;
  /** What the judge's failure led to. */
  readonly steppedDown: SteppedDown | undefined;
  /** What else the fault has to prove, and did not. */
  readonly unproven: readonly string[];
  /** The alarms went quiet after the fault was cleared. */
  readonly quiet: boolean;
  /** Both ways down can be taken again after the acknowledgement. */
  readonly armed: boolean;
  /** Undefined where metrics were replayed, and no database was there. */
  readonly ledger: LedgerCheck | undefined;
  readonly surprises: readonly Surprise[];
  /** Status and code of the first signed action that was not executed. */
  readonly firstRefusal?: string | undefined;
  /** The days after 100 %, and the evidence, where the rehearsal goes on to production-ready. */
  readonly week?: WeekPassed | undefined;
  readonly evidence?: SealedEvidence | undefined;
  readonly log: readonly RolloutEvent[];
  readonly linesMissing: number;
  readonly requestsPerSecond: number;
}

/** What `summary.json` holds. Times are virtual seconds but for `milliseconds` and `wallSeconds`. */
export function summaryOf(findings: Findings) {
  const { options, timeline, stamps, ledger, requestsPerSecond } = findings;
  const { stages, rollbacks, exposure, signedActions, notSimulated, wallSeconds, requests } = timeline;
  const problems = problemsOf(findings);
  return {
    ok: problems.length === 0,
    problems,
    fault: options.fault,
    at: options.at,
    until: options.until,
    seed: options.seed,
    ...stamps,
    stages: stages.map(({ stage, attempt, verdict, criteria }) => ({
      stage,
      attempt,
      verdict,
      numbers: criteria,
    })),
    rollbacks,
    ...(findings.descended && { record: findings.descended.record }),
    ...(findings.steppedDown && { steppedDown: findings.steppedDown }),
    exposure,
    signedActions,
    ...(findings.week && { week: findings.week }),
    ...(findings.evidence && { evidence: findings.evidence }),
    ledger,
    requests,
    requestsPerSecond,
    wallSeconds,
    awsDelays,
    surprises: findings.surprises.slice(0, 20),
    notSimulated,
  };
}

export type Summary = ReturnType<typeof summaryOf>;
