import type { StageName } from "../../../flags/plan.ts";
import { incidentIdOf, transitionName } from "../../incident/incident-folder.ts";
import type { Telling } from "../../incident/outbox.ts";
import { asciiLine, mendIt, type Severity, stepLine, v1Unproven } from "../../notifications.ts";
import { originText, type RollbackOrigin } from "../rollback-origin.ts";
import type { ControlStepOutcome } from "./step-record.ts";

/** What there is to say of a rollback that no alarm's function has done. */
export interface RollbackNotice {
  readonly environment: string;
  readonly origin: RollbackOrigin;
  readonly actor: string;
  /** ISO time. */
  readonly at: string;
  /** "unknown" where the log could not be read. */
  readonly from: StageName | "unknown";
  readonly to: StageName;
  readonly cause: string;
  /** The keys of the alarms that were in ALARM when it was found. */
  readonly alsoFiring: readonly string[];
  /** The lock is in the log, or in the parameters, from where it comes into the log. */
  readonly locked: boolean;
  /** No more than the stage is served; undefined where nobody has looked yet. */
  readonly down: boolean | undefined;
  /** v1 has proven that it answers. */
  readonly v1: boolean;
  /** What was done so far. */
  readonly steps: readonly ControlStepOutcome[];
  /** ISO time: when this is written. */
  readonly writtenAt: string;
}

/** An incident of its own, named by the time of the rollback. */
export function incidentOf(at: string): string {
  return incidentIdOf(at, new Date());
}

/** What such a rollback is told as: once. */
export function transitionOf({ at, cause }: Pick<RollbackNotice, "at" | "cause">): string {
  return transitionName("control", wordOf(cause), at);
}

/** The message for the contacts. */
export function rollbackTelling(notice: RollbackNotice): Telling {
  const { actor, alsoFiring: alarms, at, cause, environment, from, origin, steps, to, writtenAt } = notice;
  const incident = incidentOf(at);
  const outcome = outcomeOf(notice);
  const body = [
    `Environment: ${environment}`,
    `Outcome: ${outcome}`,
    `Cause: ${cause} (${originText(origin, alarms)})`,
    `Who: ${actor}`,
    `Stage: from ${from} to ${to}`,
    `At: ${at}`,
    `Written at: ${writtenAt}`,
    ...steps.map(stepLine),
    `Next: ${nextStep(notice)}`,
    `Record: npm run incident -- show ${incident} --env ${environment}`,
  ];
  return {
    incident,
    transition: transitionOf(notice),
    way: "control",
    mode: "rollback",
    cause,
    complete: isComplete(notice),
    severity: severityOf(notice),
    subject: asciiLine(`Part Lens ${environment}: ${outcome}, cause ${cause}`),
    body: body.join("\n"),
    steps: [...steps],
    move: { origin, actor, from, to, at, alarms: [...alarms] },
    writtenAt,
  };
}

/** A named person who goes to a stage between knows what they do; whatever else happened, everyone hears of. */
function severityOf(notice: RollbackNotice): Severity {
  const isMild = notice.origin === "asked" && notice.to !== "off" && isComplete(notice);
  return isMild ? "warning" : "critical";
}

function isComplete({ down, locked, v1 }: RollbackNotice): boolean {
  return locked && down !== false && v1;
}

function outcomeOf(notice: RollbackNotice): string {
  if (!isComplete(notice)) return "ROLLBACK INCOMPLETE";
  return `rolled back to ${notice.to === "off" ? "0" : notice.to}`;
}

function nextStep({ down, locked, to, v1 }: RollbackNotice): string {
  if (down === false)
    return `v2 MAY STILL BE SERVED above ${to}: run "npm run rollout -- rollback" now and look at the kill switch.`;
  if (!locked) return 'the rollout is NOT LOCKED: run "npm run rollout -- rollback" now.';
  return v1 ? mendIt : v1Unproven;
}

/** A person's reason is a sentence; the name of a file and of an attribute takes less. */
function wordOf(cause: string): string {
  return cause.replace(/[^A-Za-z0-9]+/g, "_").slice(0, 40);
}
