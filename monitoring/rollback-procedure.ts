import { type AlarmMessage, inTableOrder, keyOf, rollsBack } from "./alarm-message.ts";
import { drillKey } from "./incident/drill-key.ts";
import { incidentIdOf, transitionName } from "./incident/incident-folder.ts";
import type { Telling } from "./incident/outbox.ts";
import { type IncidentMode, notificationOf } from "./notifications.ts";
import type {
  Exposure,
  Held,
  RollbackContext,
  RollbackPorts,
  RollbackRecord,
  RollbackResult,
  RollbackStep,
  StepOutcome,
} from "./rollback-ports.ts";
import { within } from "./within.ts";

/** What each mode does, in this order. Source: domain.md, "Rolling back". */
const orders: Readonly<Record<IncidentMode, readonly RollbackStep[]>> = {
  rollback: ["cap0", "lock", "proveV1", "notify", "collect", "postmortem"],
  alert: ["notify"],
  drill: ["proveV1", "notify", "collect", "postmortem"],
};

/** Where one of these failed v2 may still be served, be raised again, or nobody knows: Lambda shall run it again. */
export const mustSucceed: ReadonlySet<RollbackStep> = new Set(["cap0", "lock", "notify"]);

/** The cause can wait this long for the list of alarms; the cap does not wait for it at all. */
const firingMilliseconds = 3000;

/** One answer to one alarm, and what it comes to know on the way. */
class Run {
  readonly #started = performance.now();
  readonly #message: AlarmMessage;
  readonly #ports: RollbackPorts;
  readonly #context: RollbackContext;
  readonly #own: string;
  readonly #firing: Promise<readonly string[]>;
  readonly #startedAt: string;
  readonly #steps: StepOutcome[] = [];
  #exposure: Exposure | undefined;
  #incident: string;
  #joined = false;
  #keys: readonly string[];

  constructor(message: AlarmMessage, ports: RollbackPorts, context: RollbackContext) {
    this.#message = message;
    this.#ports = ports;
    this.#context = context;
    this.#own = keyOf(message.AlarmName, context.alarmPrefix);
    this.#keys = [this.#own];
    this.#startedAt = this.#now().toISOString();
    this.#incident = incidentIdOf(message.StateChangeTime, this.#now());
    const asked = message.NewStateValue === "ALARM" && this.#own !== drillKey;
    this.#firing = asked ? within(firingMilliseconds, ports.firing()).catch(() => []) : Promise.resolve([]);
  }

  async answer(): Promise<RollbackResult> {
    if (this.#message.NewStateValue !== "ALARM") return this.#result("ignored");
    const mode = await this.#mode();
    for (const step of orders[mode]) this.#steps.push(await this.#outcomeOf(step, mode));
    return this.#result(mode);
  }

  /**
   * Where nobody is on v2 it only alerts; where that cannot be told, it acts. A cap of 0 without a lock, or with the
   * lock of this very change, is a rollback that was cut off in between: it is carried to its end.
   */
  async #mode(): Promise<IncidentMode> {
    if (this.#own === drillKey) return "drill";
    const { exposure, held } = this.#ports;
    const lock = held().catch(() => undefined);
    this.#exposure = await exposure().catch(() => undefined);
    if (!rollsBack(this.#own)) return "alert";
    if (this.#percent() !== 0) return "rollback";
    const holds = await lock;
    if (holds === false) return this.#exposure?.cap === 0 ? "rollback" : "alert";
    if (holds) this.#join(holds);
    return holds && !this.#joined ? "rollback" : "alert";
  }

  /** The incident of the alarm that locked, if that was another one. */
  #join({ by, incident }: Held): void {
    if (by === this.#transition()) return;
    this.#joined = true;
    this.#incident = incident ?? this.#incident;
  }

  /** The percent that v2 really serves, the cap included. */
  #percent(): number | undefined {
    const { percent, cap } = this.#exposure ?? {};
    if (cap === 0) return 0;
    return cap === undefined ? undefined : percent;
  }

  async #outcomeOf(step: RollbackStep, mode: IncidentMode): Promise<StepOutcome> {
    const began = performance.now();
    const after = began - this.#started;
    const outcome = await this.#do(step, mode).then(
      (detail) => ({ ok: true, detail }),
      (error: unknown) => ({
        ok: false,
        detail: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
      }),
    );
    return { step, ...outcome, after, milliseconds: performance.now() - began };
  }

  async #do(step: RollbackStep, mode: IncidentMode): Promise<string> {
    const ports = this.#ports;
    if (step === "lock") return this.#lock();
    if (step === "notify") return ports.notify(await this.#telling(mode));
    if (step === "collect") return ports.collect(this.#record(mode));
    if (step === "postmortem") return ports.postmortem(this.#record(mode));
    return ports[step]();
  }

  async #lock(): Promise<string> {
    const [cause, ...alsoFiring] = await this.#causes();
    const at = this.#now().toISOString();
    const own = { incident: this.#incident, by: this.#transition() };
    const lock = { locked: true, cause, alsoFiring, at, to: "off", ...own } as const;
    const { before, detail } = await this.#ports.lock(lock);
    if (before) this.#join(before);
    return detail;
  }

  /** What fires, the cause first: this alarm and every other one. The first answer stays. */
  async #causes(): Promise<[string, ...string[]]> {
    this.#keys = inTableOrder([this.#own, ...(await this.#firing)]);
    return this.#keys as [string, ...string[]];
  }

  async #telling(mode: IncidentMode): Promise<Telling> {
    const [cause, ...alsoFiring] = await this.#causes();
    const { environment, contacts } = this.#context;
    const at = this.#now().toISOString();
    const notification = notificationOf({
      environment,
      contacts,
      incident: this.#incident,
      mode,
      joined: this.#joined,
      alarm: this.#own,
      cause,
      alsoFiring,
      percentBefore: this.#percent(),
      reason: this.#message.NewStateReason,
      alarmAt: this.#message.StateChangeTime,
      at,
      steps: this.#steps,
    });
    return {
      incident: this.#incident,
      transition: this.#transition(),
      way: "killSwitch",
      mode,
      cause,
      complete: this.#steps.every(({ ok }) => ok),
      ...notification,
      steps: [...this.#steps],
      writtenAt: at,
    };
  }

  #transition(): string {
    return transitionName("killSwitch", this.#own, incidentIdOf(this.#message.StateChangeTime, this.#now()));
  }

  #record(mode: IncidentMode): RollbackRecord {
    const [cause, ...alsoFiring] = this.#keys as [string, ...string[]];
    return {
      environment: this.#context.environment,
      way: "killSwitch",
      mode,
      incident: this.#incident,
      transition: this.#transition(),
      message: this.#message,
      percentBefore: this.#percent(),
      cause,
      alsoFiring,
      startedAt: this.#startedAt,
      steps: [...this.#steps],
    };
  }

  #result(mode: IncidentMode | "ignored"): RollbackResult {
    const [cause, ...alsoFiring] = this.#keys as [string, ...string[]];
    return {
      mode,
      acted: mode === "rollback",
      incident: this.#incident,
      cause,
      alsoFiring,
      effectivePercent: this.#percent(),
      steps: this.#steps,
      milliseconds: performance.now() - this.#started,
    };
  }

  #now(): Date {
    return this.#context.now?.() ?? new Date();
  }
}

/**
 * Answers one alarm: 0, lock, prove v1, notify, collect, draft the postmortem, in this order. A step that fails stops
 * none after it and undoes none before it. Never rejects. Source: domain.md, "Rolling back".
 */
export function rollBack(
  message: AlarmMessage,
  ports: RollbackPorts,
  context: RollbackContext,
): Promise<RollbackResult> {
  return new Run(message, ports, context).answer();
}
