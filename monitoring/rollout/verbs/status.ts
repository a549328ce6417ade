import { stageOf } from "../../../flags/plan.ts";

import type { CodeStamp } from "../code-stamp.ts";
import type { RolloutEvent, VerdictWord } from "../event.ts";
import { alarmsIn, type LiveView, percentLive, type RunningDeployment } from "../live-view.ts";
import { type ServingCode, servingCode, servingText } from "../serving-code.ts";
import { nextStage, type RolloutHold, type RolloutState, type RunnerLease } from "../state.ts";
import { detailsOf } from "./watch.ts";

export interface Bake {
  readonly from: string;
  readonly until: string;
  readonly minutesLeft: number;
}

/** What `status --json` prints. Times are ISO texts. */
export interface Status {
  readonly environment: string;
  readonly stage: string;
  readonly since: string | null;
  readonly next: string | null;
  readonly percent: { readonly planned: number; readonly live: number | null };
  readonly cap: number | null;
  readonly document: string;
  readonly code: ServingCode;
  readonly lock: { readonly cause: string; readonly at: string; readonly to: string } | null;
  readonly pin: string | null;
  readonly hold: RolloutHold | null;
  readonly lease: RunnerLease | null;
  readonly approvals: RolloutState["approvals"];
  readonly needsApproval: readonly string[];
  readonly bake: Bake | null;
  readonly verdict: VerdictWord | null;
  /** What the last verdict left open or found broken, with what is missing, as it was then. */
  readonly open: readonly { readonly measure: string; readonly verdict: string; readonly reason: string }[];
  /** The last verdict on every stage that was judged. */
  readonly verdicts: readonly {
    readonly stage: string;
    readonly verdict: VerdictWord;
    readonly at: string;
  }[];
  readonly signOffs: RolloutState["signOffs"];
  readonly declaration: RolloutState["declaration"] | null;
  readonly alarms: { readonly firing: readonly string[]; readonly withoutData: readonly string[] };
  readonly deployment: RunningDeployment | null;
  readonly events: number;
  readonly apiUrl: string;
}

/**
 * Where the rollout stands. `bakeFrom`: ISO time since when this stage has been watched without a gap; `declared`: the
 * version that the service layer says is behind the alias.
 */
export function status(
  environment: string,
  state: RolloutState,
  live: LiveView,
  now: {
    readonly at: string;
    readonly bakeFrom?: string | undefined;
    readonly bakeMinutes?: number | undefined;
    readonly declared?: CodeStamp | undefined;
  },
): Status {
  const lock = state.lock ?? (live.lock.locked ? live.lock : undefined);
  const minutes = now.bakeMinutes ?? stageOf(state.stage).bakeMinutes;
  return {
    environment,
    stage: state.stage,
    since: state.since ?? null,
    next: nextStage(state) ?? null,
    percent: { planned: state.percent, live: percentLive(live) },
    cap: live.cap,
    document: live.documentStage,
    code: servingCode(state, live, now.declared),
    lock: lock ? { cause: lock.cause, at: lock.at, to: lock.to } : null,
    pin: live.pin?.pinned ? live.pin.cause : null,
    hold: state.hold ?? null,
    lease: state.lease ?? null,
    approvals: state.approvals,
    needsApproval: state.needsApproval,
    bake: state.percent > 0 && now.bakeFrom ? bakeOf(now.bakeFrom, minutes, now.at) : null,
    verdict: state.verdict ?? null,
    open: openOf(state),
    verdicts: lastVerdicts(state.history),
    signOffs: state.signOffs,
    declaration: state.declaration ?? null,
    alarms: { firing: alarmsIn("ALARM", live), withoutData: alarmsIn("INSUFFICIENT_DATA", live) },
    deployment: live.deployment ?? null,
    events: state.history.length,
    apiUrl: live.apiUrl,
  };
}

/** The same for a reader. */
export function statusText(view: Status): string {
  const { percent, lock, hold, lease, alarms, bake, deployment, declaration } = view;
  const rows: readonly (readonly [string, string | null])[] = [
    [
      "stage",
      `${view.stage}${view.since ? ` since ${view.since}` : ""}${view.next ? `, next ${view.next}` : ""}`,
    ],
    [
      "v2",
      `${percent.planned} % planned, ${percent.live ?? "unknown"}${percent.live === null ? "" : " %"} live`,
    ],
    ["document", `of ${view.document}, cap ${view.cap ?? "unknown"}`],
    ["code", servingText(view.code)],
    ["lock", lock ? `${lock.cause}, since ${lock.at}, at ${lock.to}` : "none"],
    ["pin", view.pin && `to v1, because of ${view.pin}`],
    ["hold", hold && `${hold.actor} since ${hold.at}: ${hold.reason}`],
    ["lease", lease && `${lease.runner} since ${lease.at}`],
    ["bake", bake && `until ${bake.until} (${bake.minutesLeft} min left)`],
    ["verdict", verdictText(view)],
    ...view.open.map(({ measure, verdict, reason }) => ["", `${measure} ${verdict}: ${reason}`] as const),
    ["verdicts", view.verdicts.map(({ stage, verdict }) => `${stage} ${verdict}`).join(", ") || null],
    ["sign-offs", view.signOffs.map(({ name, role }) => `${name} (${role})`).join(", ") || null],
    ["ready", declaration ? `declared by ${declaration.actor} at ${declaration.at}` : null],
    ["alarms", alarmText(alarms)],
    ["deployment", deployment && `${deployment.number} is ${deployment.state}`],
    ["api", view.apiUrl],
  ];
  const shown = rows.filter((row): row is readonly [string, string] => row[1] !== null);
  return [`${view.environment}:`, ...shown.map(([name, text]) => `  ${name.padEnd(11)}${text}`)].join("\n");
}

function bakeOf(from: string, minutes: number, at: string): Bake {
  const until = Date.parse(from) + minutes * 60_000;
  const left = Math.max(0, (until - Date.parse(at)) / 60_000);
  return { from, until: new Date(until).toISOString(), minutesLeft: Math.ceil(left) };
}

/** A verdict is written when it changes: what it says of samples is of that time. */
function verdictText({ stage, verdict, verdicts, open }: Status): string | null {
  const at = verdicts.find((one) => one.stage === stage)?.at;
  return verdict && open.length > 0 ? `${verdict} at ${at}; "explain" judges it as of now` : verdict;
}

function openOf({ history, stage, verdict }: RolloutState): Status["open"] {
  if (verdict === undefined || verdict === "pass") return [];
  return (detailsOf(history, stage)?.criteria ?? [])
    .filter((one) => one.verdict !== "pass")
    .map(({ measure, verdict: word, reason = "" }) => ({ measure, verdict: word, reason }));
}

function lastVerdicts(history: readonly RolloutEvent[]): Status["verdicts"] {
  const judged = history.filter((event) => event.kind === "judged");
  const last = new Map(judged.map(({ stage, verdict, at }) => [stage, { stage, verdict, at }]));
  return [...last.values()];
}

function alarmText({ firing, withoutData }: Status["alarms"]): string {
  const parts = [
    firing.length > 0 ? `in ALARM: ${firing.join(", ")}` : "",
    withoutData.length > 0 ? `without data: ${withoutData.join(", ")}` : "",
  ].filter(Boolean);
  return parts.join("; ") || "all OK";
}
