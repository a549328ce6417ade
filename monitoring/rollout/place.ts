import type { CohortYacht } from "../../flags/cohort.ts";
import type { Judged, StageName } from "../../flags/plan.ts";
import type { IncidentStore } from "../incident/incident-store.ts";
import type { Receipt, Telling } from "../incident/outbox.ts";
import type { JudgeInputs, StageVerdict } from "../judge.ts";
import type { CodePlace } from "./code-place.ts";
import type { EventLog } from "./event-log.ts";
import type { RolloutHistory } from "./history.ts";
import type { LiveView } from "./live-view.ts";
import type { ParameterPlace } from "./recorder.ts";
import type { ServiceChecks } from "./service-checks.ts";
import type { RolloutState } from "./state.ts";

/** The bake that is judged, and what belongs to it. */
export type Bake = Pick<JudgeInputs, "from" | "to" | "bakeMinutes" | "control">;

/**
 * Where a rollout runs: a local stack, or an environment in AWS. All that differs between them is behind this; what a
 * verb may do, and in which order, is decided once, for both.
 */
export interface RolloutPlace {
  readonly environment: string;
  /** The truth. */
  readonly log: EventLog;
  /** Its projection, which the program and the ways down read and write. */
  readonly parameters: ParameterPlace;
  /** Whether a stage must be provable at the traffic that is measured, where nobody says what is expected. */
  readonly provesTraffic: boolean;
  /** How long something may take to come about, and between two looks. */
  readonly patience: { readonly seconds: number; readonly pollMilliseconds: number };

  /** Milliseconds since the epoch, on the clock of the place. */
  now(): number;
  /** Between two looks, where time does not go by itself. Left out: the machine's own. */
  pause?(milliseconds: number): Promise<void>;
  live(): Promise<LiveView>;
  /**
   * ISO time from which the bake of the state's stage counts; undefined while its document has not been live since
   * the move there.
   */
  bakeFrom(state: RolloutState, live: LiveView): Promise<string | undefined>;
  /** The whole fleet. */
  yachts(): Promise<readonly CohortYacht[]>;
  /** Judges the stage, or the declaration, and records nothing. Throws what a source throws: then there is no verdict. */
  judge(what: Judged, bake: Bake): Promise<StageVerdict>;
  /** How the databases stand. Throws when one cannot be looked at. */
  checks(): Promise<ServiceChecks>;
  /** What the fleet has sent of late, both versions. */
  requestsPerMinute(): Promise<number>;

  /** What metrics and alarms were between these times, milliseconds since the epoch. Throws what a source throws. */
  history(from: number, to: number): Promise<RolloutHistory>;

  /** The kill switch: starts at once, waits for nothing. Says what it did. */
  capZero(actor: string): Promise<string>;
  /**
   * Brings the live document down to that stage without a stack update. Not while a monitor would undo it; then, or
   * where there is nothing to do, it is false.
   */
  lower(stage: StageName): Promise<boolean>;
  /** A deployment that still bakes would block the next one. */
  stopDeployments(): Promise<void>;
  /** The update of the rollout layer. The program refuses a stage that the parameters do not allow. */
  raise(stage: StageName, tell: (progress: string) => void): Promise<void>;
  /** Both ways down can be taken again: the cap at 100, the HTTP API at `live`. */
  arm(actor: string): Promise<void>;
  /** The code that serves, where the place can move it. */
  readonly code?: CodePlace | undefined;
  /** v1, by real requests. Says what it answered; throws when it did not. */
  proveV1(): Promise<string>;
  /** Where what is told lies before it is sent, and what is collected of a rollback. */
  readonly incidents: IncidentStore;
  /** Milliseconds since the epoch: what happened before has no record there. Left out: nothing is lost. */
  readonly recordedFrom?: number;
  /** The contacts, by the topic of alerts. Throws when the topic has not taken it over. */
  tell(telling: Telling): Promise<Pick<Receipt, "channel" | "endpoint" | "messageId">>;
  /** Something that nobody asked for has happened. */
  note(text: string): void;
}
