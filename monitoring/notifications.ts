import { plan } from "../flags/plan.ts";

/** How urgent a message is; which contact hears which is configuration. */
export const severities = ["critical", "warning"] as const;

export type Severity = (typeof severities)[number];

/** Who is told, as configuration has it. Everyone hears what is critical; warnings are heard by who wants them. */
export interface Contact {
  readonly email: string;
  readonly hears: readonly Severity[];
}

/** The contacts that hear each severity, by their part. */
export type Contacts = Readonly<Record<Severity, readonly string[]>>;

export function contactsOf(all: Readonly<Record<string, Contact>>): Contacts {
  const hearing = (severity: Severity) =>
    Object.keys(all).filter((part) => all[part]?.hears.includes(severity));
  return { critical: hearing("critical"), warning: hearing("warning") };
}

/** Something was taken back; people only should look; the way to them is being tried. */
export type IncidentMode = "rollback" | "alert" | "drill";

export interface NotifiedStep {
  readonly step: string;
  readonly ok: boolean;
  readonly milliseconds: number;
  readonly detail?: string;
}

/** What a rollback, an alert or a drill has to say. */
export interface Incident {
  readonly environment: string;
  /** Its name: the folder in the evidence bucket. */
  readonly incident: string;
  readonly mode: IncidentMode;
  /** An earlier alarm has rolled back already, and this one belongs to that incident. */
  readonly joined: boolean;
  /** The alarm that is answered; the cause is the first of all that fire. */
  readonly alarm: string;
  readonly cause: string;
  readonly alsoFiring: readonly string[];
  /** The percent before; undefined when it could not be read. */
  readonly percentBefore: number | undefined;
  readonly reason: string;
  /** ISO times: when the alarm changed, and when this was written. */
  readonly alarmAt: string;
  readonly at: string;
  readonly contacts: Contacts;
  /** The steps done so far. */
  readonly steps: readonly NotifiedStep[];
}

export interface Notification {
  readonly severity: Severity;
  /** At most 100 printable ASCII characters, as SNS wants it. */
  readonly subject: string;
  readonly body: string;
}

/** The message that the contacts read, in plain lines. */
export function notificationOf(incident: Incident): Notification {
  const { environment, mode } = incident;
  const failed = incident.steps.filter((step) => !step.ok);
  const severity = severityOf(incident, failed);
  const outcome = outcomeOf(incident, failed);
  return {
    severity,
    subject: asciiLine(
      `${mode === "drill" ? "[DRILL] " : ""}Part Lens ${environment}: ${outcome}, ${about(incident)}`,
    ),
    body: [
      `Environment: ${environment}`,
      `Outcome: ${outcome}`,
      `Cause: ${incident.cause} (${incident.reason})`,
      `Also firing: ${incident.alsoFiring.join(", ") || "none"}`,
      `Stage before: ${stageText(incident.percentBefore)}`,
      `Alarm at: ${incident.alarmAt}`,
      `Written at: ${incident.at}`,
      `For: ${incident.contacts[severity].join(", ")}`,
      ...incident.steps.map(stepLine),
      `Next: ${nextStep(incident, failed)}`,
      `Record: npm run incident -- show ${incident.incident} --env ${environment}`,
    ].join("\n"),
  };
}

/** Of several alarms of one rollback each says which it is. */
function about({ alarm, cause, joined }: Incident): string {
  return joined ? alarm : `cause ${cause}`;
}

/** Everyone hears of a rollback and, to try the way to everyone, of a drill. */
function severityOf({ joined, mode }: Incident, failed: readonly NotifiedStep[]): Severity {
  if (mode === "rollback") return joined && failed.length === 0 ? "warning" : "critical";
  return mode === "drill" ? "critical" : "warning";
}

function outcomeOf({ joined, mode }: Incident, failed: readonly NotifiedStep[]): string {
  if (mode === "drill") return "a fire drill, nothing was moved";
  if (mode === "alert") return joined ? "another alarm after the rollback" : "alert";
  if (failed.length > 0) return "ROLLBACK INCOMPLETE";
  return joined ? "another alarm during the rollback" : "rolled back to 0";
}

/** How a step went, as a line of a message. */
export function stepLine({ step, ok, milliseconds, detail }: NotifiedStep): string {
  return `${ok ? "done" : "FAILED"}: ${step} in ${Math.round(milliseconds)} ms${detail ? `, ${detail}` : ""}`;
}

function stageText(percent: number | undefined): string {
  if (percent === undefined) return "unknown (the live percent could not be read)";
  const stage = plan.find((each) => each.percent === percent)?.stage;
  return stage ? `${stage} (${percent} %)` : `${percent} %`;
}

function nextStep({ joined, mode }: Incident, failed: readonly NotifiedStep[]): string {
  if (mode === "drill") return "nothing to do; whoever expected this message and has it, says so.";
  if (mode === "alert")
    return joined
      ? "nobody is on v2 since the rollback, nothing more was moved; it belongs to the same incident."
      : "nobody is on v2, nothing was moved; find out why the alarm fired.";
  const names = failed.map(({ step }) => step);
  if (names.includes("cap0")) return "v2 MAY STILL BE SERVED: set the kill switch to 0 by hand now.";
  if (names.includes("lock")) return 'the rollout is NOT LOCKED: run "npm run rollout -- rollback" now.';
  if (names.includes("proveV1")) return v1Unproven;
  return mendIt;
}

/** What is to be looked at where the way back leads to nothing. */
export const v1Unproven = "v1 did not prove that it answers: look at the API and its databases now.";

/** What is left to do once v2 is down and locked. */
export const mendIt =
  'find the cause, mend it, then "npm run rollout -- acknowledge --reason …"; no stage rises before.';

/** A subject as SNS takes it. */
export function asciiLine(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, "?").slice(0, 100);
}
