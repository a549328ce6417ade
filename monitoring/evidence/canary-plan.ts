import { type Criterion, declaration, plan } from "../../flags/plan.ts";
import { type AlarmRule, alarms } from "../alarms.ts";
import { awsDelays } from "../aws-delays.ts";
import { counted, duration, measured } from "../report/figures.ts";
import { approvalsOf } from "../rollout/approvals.ts";
import { markdownTable } from "./markdown-table.ts";

/** The plan that a rollout follows, as the tables say it: plain data. */
export interface CanaryPlan {
  readonly stages: readonly {
    readonly stage: string;
    readonly percent: number;
    readonly bakeMinutes: number;
    readonly needsApproval: boolean;
    readonly criteria: readonly Criterion[];
  }[];
  readonly declaration: { readonly days: number; readonly criteria: readonly Criterion[] };
  readonly alarms: readonly ({ readonly alarm: string } & AlarmRule)[];
  readonly delays: readonly { readonly delay: string; readonly seconds: number; readonly source: string }[];
}

/** The plan of an environment: they differ in who must approve. */
export function canaryPlanOf(environment: string): CanaryPlan {
  const approvals = approvalsOf(environment);
  return {
    stages: plan.map((stage) => ({ ...stage, needsApproval: approvals.includes(stage.stage) })),
    declaration: { days: declaration.days, criteria: declaration.criteria },
    alarms: Object.entries(alarms).map(([alarm, rule]) => ({ alarm, ...rule })),
    delays: Object.entries(awsDelays).map(([delay, rest]) => ({ delay, ...rest })),
  };
}

/** The same for a reader. */
export function canaryPlanText({ stages, declaration: declared, alarms: rules, delays }: CanaryPlan): string {
  return [
    "# Canary plan",
    "",
    "## Stages",
    "",
    "Exposure is per yacht. A stage must hold every criterion over its whole bake; missing data never passes.",
    "",
    markdownTable(
      ["Stage", "Exposure", "Bake", "Approval", "Must hold to go on"],
      stages.map(({ stage, percent, bakeMinutes, needsApproval, criteria }) => [
        stage,
        `${percent} %`,
        bakeMinutes ? duration(bakeMinutes) : "–",
        needsApproval ? "by a named person" : "–",
        criteria.map(criterionText).join("; ") || "–",
      ]),
    ),
    "",
    "## Production-ready",
    "",
    `Declared after ${declared.days} days at 100 % with ${declared.criteria.map(criterionText).join("; ")}.`,
    "",
    "## Alarms",
    "",
    markdownTable(
      ["Alarm", "Effect", "When", "Threshold", "Period"],
      rules.map(({ alarm, effect, description, comparison, threshold, period, ...rule }) => [
        alarm,
        effects[effect],
        description,
        `${comparisonSigns[comparison]} ${counted(threshold)}`,
        `${period} s, ${rule.datapointsToAlarm} of ${rule.evaluationPeriods}`,
      ]),
    ),
    "",
    "## Delays that are counted in",
    "",
    markdownTable(
      ["Delay", "Worst case", "Source"],
      delays.map(({ delay, seconds, source }) => [delay, `${seconds} s`, source]),
    ),
    "",
  ].join("\n");
}

const effects = {
  rollback: "to 0 %, no approval",
  alert: "people are told",
  part: "none by itself; to 0 % when both of its pair fire",
} as const;

const comparisonSigns = {
  GreaterThanThreshold: ">",
  GreaterThanOrEqualToThreshold: "≥",
  LessThanThreshold: "<",
} as const satisfies Record<AlarmRule["comparison"], string>;

/** Such as `errorRate < 1 %`. */
export function criterionText({
  measure,
  comparison,
  limit,
}: Pick<Criterion, "comparison" | "limit"> & { readonly measure: string }): string {
  return `${measure} ${comparison === "below" ? "<" : "≤"} ${measured(measure, limit)}`;
}
