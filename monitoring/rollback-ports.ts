import type { AlarmMessage } from "./alarm-message.ts";
import type { Telling } from "./incident/outbox.ts";
import type { Contacts, IncidentMode } from "./notifications.ts";

export interface RollbackLock {
  readonly locked: true;
  readonly cause: string;
  readonly alsoFiring: readonly string[];
  readonly at: string;
  readonly to: "off";
  /** The incident's name: what fires later belongs to it. */
  readonly incident: string;
  /** The change of an alarm that it was set for: a run of the same one goes on where the first ended. */
  readonly by: string;
}

/** What v1's health says; undefined where the service does not know its own documents. */
export interface Exposure {
  readonly percent: number | undefined;
  readonly cap: number | undefined;
}

/** What the rollout was locked for; undefined where the lock does not say. */
export type Held = Partial<Pick<RollbackLock, "incident" | "by">>;

export interface LockOutcome {
  readonly detail: string;
  /** What it had been locked for already. */
  readonly before?: Held;
}

/** What is known of a run before its last steps: what they collect and write about. */
export interface RollbackRecord {
  readonly environment: string;
  readonly way: "killSwitch";
  readonly mode: IncidentMode;
  readonly incident: string;
  readonly transition: string;
  readonly message: AlarmMessage;
  readonly percentBefore: number | undefined;
  readonly cause: string;
  readonly alsoFiring: readonly string[];
  /** By the function's own clock. */
  readonly startedAt: string;
  readonly steps: readonly StepOutcome[];
}

/** What a rollback does to the world. Each rejects when it did not succeed, and answers with a detail for the reader. */
export interface RollbackPorts {
  /** The keys of all alarms that roll back and are in ALARM. */
  firing(): Promise<readonly string[]>;
  exposure(): Promise<Exposure>;
  /** What the rollout lock says; false where there is none. */
  held(): Promise<Held | false>;
  cap0(): Promise<string>;
  lock(lock: RollbackLock): Promise<LockOutcome>;
  proveV1(): Promise<string>;
  notify(telling: Telling): Promise<string>;
  collect(record: RollbackRecord): Promise<string>;
  postmortem(record: RollbackRecord): Promise<string>;
}

export interface RollbackContext {
  readonly environment: string;
  /** The names of our alarms are this and the key. */
  readonly alarmPrefix: string;
  readonly contacts: Contacts;
  readonly now?: () => Date;
}

export type RollbackStep = "cap0" | "lock" | "proveV1" | "notify" | "collect" | "postmortem";

export interface StepOutcome {
  readonly step: RollbackStep;
  readonly ok: boolean;
  /** From the function's start to the step's, and the step itself. */
  readonly after: number;
  readonly milliseconds: number;
  /** What the step answered, or why it failed. */
  readonly detail: string;
}

export interface RollbackResult {
  readonly mode: IncidentMode | "ignored";
  /** False for a drill, for an alert while nobody is on v2, and for a message that is no alarm. */
  readonly acted: boolean;
  readonly incident: string;
  readonly cause: string;
  readonly alsoFiring: readonly string[];
  readonly effectivePercent: number | undefined;
  readonly steps: readonly StepOutcome[];
  readonly milliseconds: number;
}
