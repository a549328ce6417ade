import { countText } from "../../count-text.ts";
import type { StageVerdict } from "../../judge.ts";
import type { Verdict } from "../../verdict.ts";
import type { LiveView } from "../live-view.ts";
import { type ExpectedTraffic, lintPlan, type Unprovable, unprovableLines } from "../plan-lint.ts";
import { preflight, type Requirement } from "../preflight.ts";
import type { DatabasesSeen } from "../service-checks.ts";
import { nextStage, type RolloutState } from "../state.ts";
import { hanging } from "./hanging-text.ts";

/** What `explain --json` prints. */
export interface Explanation {
  readonly stage: string;
  readonly next: string | null;
  /** What the next stage needs, each with how it stands. */
  readonly requirements: readonly Requirement[];
  /** The current stage's criteria, as they would be judged now. */
  readonly criteria: readonly Verdict[];
  readonly traffic: ExpectedTraffic | null;
  /** What the plan cannot prove at that traffic. */
  readonly unprovable: readonly Unprovable[];
}

/** What holds the next stage. `look`: the current stage, judged now; it is recorded nowhere. */
export function explain(
  state: RolloutState,
  live: LiveView,
  input: {
    readonly look?: StageVerdict | undefined;
    readonly traffic?: ExpectedTraffic | undefined;
    readonly runner?: string | undefined;
    readonly databases?: DatabasesSeen | undefined;
  },
): Explanation {
  const { look, traffic, runner, databases } = input;
  const next = nextStage(state);
  return {
    stage: state.stage,
    next: next ?? null,
    requirements: next ? preflight({ state, live, to: next, runner, databases }) : [],
    criteria: look?.criteria ?? [],
    traffic: traffic ?? null,
    unprovable: traffic ? lintPlan(traffic) : [],
  };
}

/** The same for a reader: a line each, what holds the rollout marked. */
export function explanationText({ stage, next, requirements, criteria, ...rest }: Explanation): string {
  const missing = requirements.filter(({ holds }) => !holds).length;
  const head = next
    ? `${stage} → ${next}: ${missing === 0 ? "nothing holds it" : `${missing} of ${requirements.length} hold it`}`
    : `${stage} is the last stage`;
  const lines = [head, ...requirements.map(({ what, holds, text }) => mark(holds, what, text))];
  if (criteria.length > 0) lines.push(`${stage}, judged now:`, ...criteria.map(criterionLine));
  if (rest.traffic) lines.push(...trafficLines(rest.traffic, rest.unprovable));
  return lines.join("\n");
}

function trafficLines({ requestsPerMinute }: ExpectedTraffic, unprovable: readonly Unprovable[]): string[] {
  const traffic = `at ${countText(requestsPerMinute, "request")} a minute`;
  if (unprovable.length === 0) return [`${traffic}:`, mark(true, "plan", "every stage can be proven")];
  const lines = unprovableLines(unprovable).map(({ stage, text }) => mark(false, stage, text));
  return [`${traffic} these cannot be proven:`, ...lines];
}

function criterionLine({ measure, comparison, limit, verdict, reason, samples }: Verdict): string {
  const rule = `${comparison === "below" ? "<" : "≤"} ${limit}`;
  return mark(
    verdict === "pass",
    measure,
    `${rule}: ${verdict}, ${reason} (${countText(samples, "sample")})`,
  );
}

function mark(holds: boolean, what: string, text: string): string {
  return hanging(`  ${holds ? "✓" : "✗"} ${what.padEnd(20)} `, text);
}
