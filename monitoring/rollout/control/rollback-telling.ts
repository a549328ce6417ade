import type { StageName } from "../../../flags/plan.ts";
import { incidentIdOf, transitionName } from "../../incident/incident-folder.ts";
import type { Telling } from "../../incident/outbox.ts";
import { asciiLine, mendIt, type Severity } from "../../notifications.ts";

/** Why a rollback that no alarm's function has done was done. */
export type RollbackOrigin = "asked" | "failedCheck" | "exposure" | "appConfigMonitor";

const originTexts = {
  asked: "asked for by a verb",
  failedCheck: "the stage failed its check",
  exposure: "the document of the stage did not come to be live",
  appConfigMonitor: "AppConfig has undone its deployment because of an alarm",
} as const satisfies Record<RollbackOrigin, string>;

/** What there is to say of such a rollback. */
export interface RollbackNotice {
  readonly environment: string;
  readonly origin: RollbackOrigin;
  readonly actor: string;
  /** ISO time. */
  readonly at: string;
  readonly from: StageName;
  readonly to: StageName;
  readonly cause: string;
  /** The lock is in the log and in the parameters. */
  readonly locked: boolean;
  /** No more than the stage is served; undefined where nobody has looked yet. */
  readonly down: boolean | undefined;
  /** What was done so far, a line each. */
  readonly steps: readonly string[];
}

/** The message for the contacts. An incident of its own, named by the time of the rollback. */
export function rollbackTelling(notice: RollbackNotice): Telling {
  const { actor, at, cause, environment, from, origin, to } = notice;
  const incident = incidentIdOf(at, new Date());
  const outcome = outcomeOf(notice);
  const body = [
    `Environment: ${environment}`,
    `Outcome: ${outcome}`,
    `Cause: ${cause} (${originTexts[origin]})`,
    `Who: ${actor}`,
    `Stage: from ${from} to ${to}`,
    `At: ${at}`,
    ...notice.steps,
    `Next: ${nextStep(notice)}`,
    `Record: npm run incident -- show ${incident} --env ${environment}`,
  ];
  return {
    incident,
    transition: transitionName("control", wordOf(cause), at),
    way: "control",
    mode: "rollback",
    cause,
    complete: isComplete(notice),
    severity: severityOf(notice),
    subject: asciiLine(`Part Lens ${environment}: ${outcome}, cause ${cause}`),
    body: body.join("\n"),
    steps: [],
    writtenAt: at,
  };
}

/** A named person who goes to a stage between knows what they do; whatever else happened, everyone hears of. */
function severityOf(notice: RollbackNotice): Severity {
  const isMild = notice.origin === "asked" && notice.to !== "off" && isComplete(notice);
  return isMild ? "warning" : "critical";
}

function isComplete({ down, locked }: RollbackNotice): boolean {
  return locked && down !== false;
}

function outcomeOf(notice: RollbackNotice): string {
  if (!isComplete(notice)) return "ROLLBACK INCOMPLETE";
  return `rolled back to ${notice.to === "off" ? "0" : notice.to}`;
}

function nextStep({ down, locked, to }: RollbackNotice): string {
  if (down === false)
    return `v2 MAY STILL BE SERVED above ${to}: run "npm run rollout -- rollback" now and look at the kill switch.`;
  return locked ? mendIt : 'the rollout is NOT LOCKED: run "npm run rollout -- rollback" now.';
}

/** A person's reason is a sentence; the name of a file and of an attribute takes less. */
function wordOf(cause: string): string {
  return cause.replace(/[^A-Za-z0-9]+/g, "_").slice(0, 40);
}
