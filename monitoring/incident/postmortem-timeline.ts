import type { Collected } from "./collected.ts";
import type { IncidentFile } from "./incident-file.ts";

/** One line of the timeline. */
export interface Happening {
  /** ISO time, UTC. */
  readonly at: string;
  readonly what: string;
  /** Whose clock and whose word it is. */
  readonly source: string;
}

/** Events older than this are left out: a rollout lasts days. */
const hoursBefore = 30;

/** What happened, oldest first, from the event log, the alarms, the deployments and the outbox. */
export function timelineOf({ incident, parts, told }: IncidentFile): Happening[] {
  const { alarms = [], deployments, events = [], run } = parts;
  const from = new Date(Date.parse(incident) - hoursBefore * 3_600_000).toISOString();
  const all: Happening[] = [
    ...events.map((event) => ({ at: event.at, what: eventText(event), source: "event log" })),
    ...alarms.filter(({ state }) => state === "ALARM").map(alarmText),
    ...deploymentsOf("flag document", deployments?.rollout ?? []),
    ...deploymentsOf("cap", deployments?.killSwitch ?? []),
    ...(run ? [{ at: run.startedAt, what: beganText(run), source: "its clock" }] : []),
    ...told.map(({ subject, writtenAt }) => ({
      at: writtenAt,
      what: `to the contacts: ${subject}`,
      source: "outbox",
    })),
  ];
  return all.filter(({ at }) => at >= from).sort((a, b) => (a.at < b.at ? -1 : 1));
}

function beganText({ move, way }: NonNullable<IncidentFile["parts"]["run"]>): string {
  if (move) return `${move.actor} began to go down from ${move.from} to ${move.to}`;
  return way === "killSwitch" ? "the rollback function began" : `the way ${way} began`;
}

function alarmText({ key, reason, since }: Collected["alarms"][number]): Happening {
  return { at: since ?? "unknown", what: `alarm ${key}: ${reason}`, source: "CloudWatch" };
}

function deploymentsOf(what: string, list: Collected["deployments"]["rollout"]): Happening[] {
  return list.flatMap(({ completedAt, number, startedAt, state, version }) => [
    ...(startedAt
      ? [
          {
            at: startedAt,
            what: `${what}: deployment ${number} of version ${version} began`,
            source: "AppConfig",
          },
        ]
      : []),
    ...(completedAt
      ? [{ at: completedAt, what: `${what}: deployment ${number} ended, ${state}`, source: "AppConfig" }]
      : []),
  ]);
}

function eventText({ actor, kind, ...event }: Collected["events"][number]): string {
  const { cause, reason, stage, to, verdict } = event as Record<string, unknown>;
  const about = [to && `to ${to}`, stage, verdict, cause && `cause ${cause}`, reason && `"${reason}"`];
  return [kind, ...about.filter(Boolean), ...(actor ? [`by ${actor}`] : [])].join(", ");
}
