import { stageOf } from "../../flags/plan.ts";
import { countText } from "../count-text.ts";
import type { RolloutEvent } from "../rollout/event.ts";
import type { TimelineEvent } from "./timeline.ts";

type Texts = {
  readonly [Kind in RolloutEvent["kind"]]: (
    event: Extract<RolloutEvent, { kind: Kind }>,
  ) => Pick<TimelineEvent, "kind" | "text">;
};

/** How each event of the log is told to a reader of the report. */
const texts: Texts = {
  advanced: ({ to, cohort }) => ({
    kind: "stage",
    text: `${to}: ${stageOf(to).percent} %, ${countText(cohort.length, "yacht")} on v2`,
  }),
  judged: ({ stage, verdict }) => ({ kind: "verdict", text: `${stage}: ${verdict}` }),
  rolledBack: ({ to, cause, alsoFiring }) => ({
    kind: "rollback",
    text: `to ${to}, because of ${cause}${alsoFiring.length > 0 ? `; also firing: ${alsoFiring.join(", ")}` : ""}`,
  }),
  locked: ({ cause }) => ({ kind: "rollback", text: `locked because of ${cause}` }),
  acknowledged: ({ reason }) => ({ kind: "acknowledged", text: `acknowledged: ${reason}` }),
  codeRolledBack: ({ from, to, cause }) => ({
    kind: "rollback",
    text: `code from version ${from.version} back to ${to.version}, because of ${cause}`,
  }),
  held: ({ reason }) => ({ kind: "stage", text: `held: ${reason}` }),
  resumed: ({ reason }) => ({ kind: "stage", text: reason ? `resumed: ${reason}` : "resumed" }),
  approved: ({ stage, reason }) => ({
    kind: "acknowledged",
    text: `${stage} approved${reason ? `: ${reason}` : ""}`,
  }),
  leased: ({ runner }) => ({ kind: "stage", text: `${runner} carries the rollout on` }),
  released: ({ runner }) => ({ kind: "stage", text: `${runner} gives its lease back` }),
  unlocked: ({ reason }) => ({ kind: "acknowledged", text: `the lease is cleared: ${reason}` }),
  signedOff: ({ name, role }) => ({ kind: "acknowledged", text: `signed off by ${name}, ${role}` }),
  declared: ({ from, to }) => ({
    kind: "verdict",
    text: `production-ready: every criterion held from ${from.slice(0, 10)} to ${to.slice(0, 10)}`,
  }),
};

/** What happened and who did it, without its time. */
export function eventTextOf(event: RolloutEvent): Omit<TimelineEvent, "minute"> {
  const tell = texts[event.kind] as (event: RolloutEvent) => Pick<TimelineEvent, "kind" | "text">;
  return { ...tell(event), actor: event.actor };
}
