import { plan } from "../flags/plan.ts";

/** Who is told: everyone when something was taken back or could not be, the first two when people only should look. */
export const contacts = {
  critical: ["engineering", "ops", "escalation"],
  warning: ["engineering", "ops"],
} as const satisfies Record<string, readonly string[]>;

export type Severity = keyof typeof contacts;

export interface NotifiedStep {
  readonly step: string;
  readonly ok: boolean;
  readonly milliseconds: number;
  readonly detail?: string;
}

/** What a rollback or an alert has to say. */
export interface Incident {
  readonly environment: string;
  readonly cause: string;
  readonly alsoFiring: readonly string[];
  /** Whether the rollout was taken to 0; false for an alert while nobody is on v2. */
  readonly acted: boolean;
  /** The percent before; undefined when it could not be read. */
  readonly percentBefore: number | undefined;
  readonly reason: string;
  /** ISO times: when the alarm changed, and when this was written. */
  readonly alarmAt: string;
  readonly at: string;
  /** The steps done so far. */
  readonly steps: readonly NotifiedStep[];
}

export interface Notification {
  readonly severity: Severity;
  readonly contacts: readonly string[];
  /** At most 100 printable ASCII characters, as SNS wants it. */
  readonly subject: string;
  readonly body: string;
}

/** The message that the contacts read, in plain lines. */
export function notificationOf(incident: Incident): Notification {
  const failed = incident.steps.filter((step) => !step.ok);
  const severity: Severity = incident.acted ? "critical" : "warning";
  const outcome = incident.acted ? (failed.length > 0 ? "ROLLBACK INCOMPLETE" : "rolled back to 0") : "alert";
  return {
    severity,
    contacts: contacts[severity],
    subject: asciiLine(`Part Lens ${incident.environment}: ${outcome}, cause ${incident.cause}`),
    body: [
      `Environment: ${incident.environment}`,
      `Outcome: ${outcome}`,
      `Cause: ${incident.cause} (${incident.reason})`,
      `Also firing: ${incident.alsoFiring.join(", ") || "none"}`,
      `Stage before: ${stageText(incident.percentBefore)}`,
      `Alarm at: ${incident.alarmAt}`,
      `Written at: ${incident.at}`,
      `For: ${contacts[severity].join(", ")}`,
      ...incident.steps.map(stepLine),
      `Next: ${nextStep(incident, failed)}`,
    ].join("\n"),
  };
}

function stepLine({ step, ok, milliseconds, detail }: NotifiedStep): string {
  return `${ok ? "done" : "FAILED"}: ${step} in ${Math.round(milliseconds)} ms${detail ? `, ${detail}` : ""}`;
}

function stageText(percent: number | undefined): string {
  if (percent === undefined) return "unknown (the live percent could not be read)";
  const stage = plan.find((each) => each.percent === percent)?.stage;
  return stage ? `${stage} (${percent} %)` : `${percent} %`;
}

function nextStep(incident: Incident, failed: readonly NotifiedStep[]): string {
  if (!incident.acted) return "nobody is on v2, nothing was moved; find out why the alarm fired.";
  const names = failed.map(({ step }) => step);
  if (names.includes("cap0")) return "v2 MAY STILL BE SERVED: set the kill switch to 0 by hand now.";
  if (names.includes("lock")) return 'the rollout is NOT LOCKED: run "npm run rollout -- rollback" now.';
  if (names.includes("proveV1"))
    return "v1 did not prove that it answers: look at the API and its databases now.";
  return 'find the cause, mend it, then "npm run rollout -- acknowledge --reason …"; no stage rises before.';
}

function asciiLine(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, "?").slice(0, 100);
}
