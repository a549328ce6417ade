import { type StageName, stageNames } from "../../../flags/plan.ts";
import type { RolloutEvent } from "../../../monitoring/rollout/event.ts";

const start = Date.parse("2026-11-01T08:00:00.000Z");
/** ISO time, so many hours after the beginning of the sample. */
export const hour = (hours: number) => new Date(start + hours * 3_600_000).toISOString();

const yacht = "1681b488-c20d-4f01-8753-02b80fcce2f3";
const details = (value: number) => ({
  criteria: [
    {
      measure: "serverErrors",
      comparison: "atMost",
      limit: 0,
      value: 0,
      samples: 360,
      verdict: "pass",
      reason: "0 in 360 examined",
    },
    {
      measure: "p95",
      comparison: "below",
      limit: 500,
      value,
      samples: 360,
      interval: [value - 1, value + 2],
      verdict: "pass",
      reason: "proven",
    },
  ],
  control: { requests: 6_840, timeouts: 0 },
});

/** As prod asks for; elsewhere nothing comes of it. */
const approvalOf = (stage: StageName, at: string): RolloutEvent[] =>
  ["canary-5", "full-100"].includes(stage) ? [{ kind: "approved", at, actor: "Ada Lovelace", stage }] : [];

/** A rollout that was rolled back once, and was declared and signed off a week after it was at 100 %. */
export const sampleLog: readonly RolloutEvent[] = [
  ...approvalOf("canary-5", hour(0)),
  { kind: "advanced", at: hour(0), actor: "Grace Hopper", to: "canary-5", cohort: [yacht] },
  {
    kind: "rolledBack",
    at: hour(0.5),
    actor: "part-lens",
    to: "off",
    cause: "serverErrors",
    alsoFiring: ["errorRate"],
  },
  { kind: "acknowledged", at: hour(1), actor: "Ada Lovelace", reason: "Grace Hopper mended the index" },
  ...stageNames.slice(1).flatMap((stage, index): RolloutEvent[] => [
    ...approvalOf(stage, hour(2 + 2 * index)),
    { kind: "advanced", at: hour(2 + 2 * index), actor: "Grace Hopper", to: stage, cohort: [yacht] },
    {
      kind: "judged",
      at: hour(3 + 2 * index),
      actor: "Grace Hopper",
      stage,
      verdict: "pass",
      details: details(20 + index),
    },
  ]),
  { kind: "signedOff", at: hour(180), actor: "ops", name: "Ada Lovelace", role: "fleet manager" },
  {
    kind: "declared",
    at: hour(181),
    actor: "Grace Hopper",
    from: hour(13),
    to: hour(181),
    details: details(21),
  },
];
