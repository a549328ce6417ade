/** A step of the rollout with what a check says of it, in three formats. */
import type { StageName } from "../../flags/plan.ts";
import { type EnvironmentName, layers } from "../naming.ts";
import { alarmChanges } from "./alarm-changes.ts";
import { type Forbidden, forbiddenChanges } from "./forbidden.ts";
import type { LayersRequest } from "./layers.ts";
import { renderChange, touchedResources } from "./render-change.ts";
import { type StageChange, stageChange } from "./stage-change.ts";
import { stageMarkdown } from "./stage-markdown.ts";
import { stageTime, stageTimeText } from "./stage-time.ts";

/** How `npm run preview` ends. */
export const exitCodes = { made: 0, failed: 1, stale: 2, forbidden: 3 } as const;

export interface StageReport {
  readonly change: StageChange;
  readonly forbidden: readonly Forbidden[];
  readonly alarms: readonly string[];
}

/** Throws PlanFailed, StackConfigUnreadable. */
export async function stageReport(
  request: LayersRequest,
  from: StageName,
  to: StageName,
): Promise<StageReport> {
  return reportOf(await stageChange(request, from, to));
}

export function reportOf(change: StageChange): StageReport {
  const { before, after, steps } = change;
  const alarms = layers.flatMap((layer) => alarmChanges(before[layer].graph, after[layer].graph));
  return { change, forbidden: forbiddenChanges(steps, true), alarms };
}

function asJson({ change, forbidden, alarms }: StageReport): string {
  const { from, to, flagDocument, newlyExposed, noLongerExposed } = change;
  const resources = touchedResources(change);
  const shown = { from, to, liveStateRead: false, resources, flagDocument, newlyExposed, noLongerExposed };
  return JSON.stringify({ ...shown, forbidden, alarmChanges: alarms, time: stageTime(to) }, null, 2);
}

function asText({ change, forbidden, alarms }: StageReport, environment: EnvironmentName, colors: boolean) {
  return [
    renderChange(change, environment, colors),
    ...alarms.map((line) => `alarm ${line}`),
    ...forbidden.map(
      ({ layer, step, type, name, reason }) => `FORBIDDEN ${step} ${layer} ${type} ${name}: ${reason}`,
    ),
    "",
    `time: ${stageTimeText(change.to)}`,
  ].join("\n");
}

/** `colors`: for text on a terminal. */
export function showStep(
  report: StageReport,
  environment: EnvironmentName,
  format: "text" | "json" | "markdown",
  colors: boolean,
): string {
  if (format === "json") return asJson(report);
  if (format === "text") return asText(report, environment, colors);
  return stageMarkdown(report.change, environment, report.forbidden, report.alarms);
}
