/** A step of the rollout as Markdown. */
import type { EnvironmentName } from "../naming.ts";
import type { Forbidden } from "./forbidden.ts";
import {
  alarmSection,
  documentSection,
  forbiddenSection,
  page,
  resourceSection,
  yachtSection,
} from "./markdown.ts";
import type { StageChange } from "./stage-change.ts";
import { stageTimeText } from "./stage-time.ts";

export function stageMarkdown(
  change: StageChange,
  environment: EnvironmentName,
  forbidden: readonly Forbidden[],
  alarms: readonly string[],
): string {
  const moved = [...change.newlyExposed, ...change.noLongerExposed];
  const names = new Map<unknown, string>(moved.map(({ id, name }) => [id, name]));
  const sections = [
    ["Live state not read: lock and last advance are taken as fitting, cohorts come from the plan."],
    forbiddenSection(forbidden),
    resourceSection(change.steps),
    documentSection(change.flagDocument.changes, (value) => names.get(value)),
    yachtSection("Newly exposed", change.newlyExposed),
    change.noLongerExposed.length > 0 ? yachtSection("No longer exposed", change.noLongerExposed) : [],
    alarmSection(alarms),
    ["### Time", "", stageTimeText(change.to)],
  ];
  return page(`${change.from} → ${change.to}`, sections, environment);
}
