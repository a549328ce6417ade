import type { Projection } from "./projection.ts";

export type AlarmState = "OK" | "ALARM" | "INSUFFICIENT_DATA";

/** A deployment of the flag document that still runs: AppConfig starts no other one beside it. */
export interface RunningDeployment {
  readonly number: number;
  readonly state: string;
  /** ISO times. */
  readonly startedAt: string;
  readonly endsAt?: string;
}

export interface LastDeployment {
  /** Of its document; undefined where that says none. */
  readonly stage: string | undefined;
  /** AppConfig has taken it back: a monitor did not let it through, or somebody has stopped it. */
  readonly undone: boolean;
}

/** What is seen of a rollout from outside, against which the log is held. */
export interface LiveView {
  /** The stage that the document says, as the functions read it now. */
  readonly documentStage: string;
  /** What the service itself reports: null where it does not know, or does not answer. */
  readonly percent: number | null;
  readonly cap: number | null;
  /** The hash of the code that answers; null where it does not. */
  readonly code: string | null;
  readonly lock: Projection["lock"];
  readonly pin?: Projection["pin"] | undefined;
  readonly deployment?: RunningDeployment | undefined;
  /** The last deployment of the flag document, under way or not; left out before the first. */
  readonly deployed?: LastDeployment | undefined;
  /** By key of the alarm table. */
  readonly alarms: Readonly<Record<string, AlarmState>>;
  /** The keys of the alarms that would do nothing: their actions are off, or there is no such alarm. */
  readonly unarmed: readonly string[];
  readonly apiUrl: string;
}

/** The share of the fleet that v2 really serves: document and cap both have to say so. */
export function percentLive({ percent, cap }: Pick<LiveView, "percent" | "cap">): number | null {
  if (cap === 0) return 0;
  return cap === null || percent === null ? null : Math.min(percent, cap);
}

/** Nobody beyond that percent is served by v2. What is not known is not down. */
export function isDown({ cap, percent }: Pick<LiveView, "percent" | "cap">, planned: number): boolean {
  return cap === 0 || (percent !== null && percent <= planned);
}

/** The keys of the alarms in that state, in the table's order. */
export function alarmsIn(state: AlarmState, { alarms }: Pick<LiveView, "alarms">): string[] {
  return Object.keys(alarms).filter((key) => alarms[key] === state);
}
