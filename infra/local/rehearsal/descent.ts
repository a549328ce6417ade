import { type StageName, stageNames } from "../../../flags/plan.ts";
import { incidentsAt } from "../../../monitoring/incident/operator-adapter.ts";
import { refusedByProgram, refusedByRollout } from "./refusals.ts";
import { type RollbackRecord, rollbackRecord } from "./rollback-record.ts";
import type { ObservedRollback } from "./rollback-watch.ts";
import type { Scene } from "./scene.ts";

/** What a rollback proved besides its times. */
export interface Descended {
  readonly rollback: ObservedRollback;
  /** Virtual seconds from the condition until no yacht was served by v2; undefined: that never came. */
  readonly conditionToDown: number | undefined;
  /** The next stage was refused while the lock held: by the rollout, and by the program itself. */
  readonly refusedByRollout: boolean;
  readonly refusedByProgram: boolean;
  /** What it has left in the evidence bucket, and with its contacts. */
  readonly record: RollbackRecord;
  /** Messages that reached the contacts. */
  readonly notified: number;
  /** The document of `off` was live before the switch was armed again. */
  readonly reconciled: boolean;
}

/** How things stand once the fault is cleared and acknowledged. */
export interface Recovered {
  /** No alarm fires any more. */
  readonly quiet: boolean;
  /** Both ways down can be taken again. */
  readonly armed: boolean;
}

/** Longest wait, in virtual minutes: for v2 to be served to nobody, and for the alarms to be quiet again. */
const patienceMinutes = { down: 10, quiet: 45 };
const stillMinutes = 3;

/** What follows an automatic rollback: proof, reconciliation, and the way back up. */
export class Descent {
  readonly #scene: Scene;

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  /** `from`: the stage in which it happened. */
  async follow(from: StageName, causeAt: number): Promise<Descended | undefined> {
    const { watch, record, rollout, stack } = this.#scene.parts;
    this.#scene.planned = 0;
    const conditionToDown = await this.#down();
    const { rollback } = watch;
    if (!rollback) return undefined;
    const { cause, alsoFiring, conditionAt, result, way } = rollback;
    const others = alsoFiring.length > 0 ? `, also firing: ${alsoFiring.join(", ")}` : "";
    record.event(
      "rollback",
      `${cause}: v2 off in ${conditionToDown ?? "never"} s${others}`,
      way === "pin" ? "pin" : "rollback function",
    );
    const left = await this.#record(conditionAt);
    const refused = {
      refusedByRollout: await refusedByRollout(this.#scene, stageNames[1] as StageName),
      refusedByProgram: await refusedByProgram(this.#scene, stageNames[stageNames.indexOf(from) + 1] ?? from),
    };
    await this.#repair();
    const reconciled = (await this.#quiet()) && (await this.#reconciled(cause, alsoFiring));
    record.rollbacks.push({
      cause,
      alsoFiring,
      toStage: (await rollout.state()).stage,
      way,
      at: record.minuteOf(conditionAt),
      causeToCondition: (conditionAt - causeAt) / 1000,
      conditionToDown: conditionToDown ?? Number.NaN,
      milliseconds: Math.round(result?.milliseconds ?? Number.NaN),
    });
    const notified = stack.aws.topics.deliveries.filter(
      ({ protocol, at }) => protocol !== "lambda" && at >= conditionAt,
    );
    return {
      rollback,
      conditionToDown,
      ...refused,
      record: left,
      notified: notified.length,
      reconciled,
    };
  }

  /** The incident is named by the time at which its first alarm changed. */
  #record(conditionAt: number): Promise<RollbackRecord> {
    const { service, stack } = this.#scene.parts;
    const { region, endpoint, ...credentials } = stack.access;
    const { bucket } = service.evidence;
    const store = incidentsAt({ environment: "local", bucket, clients: { region, endpoint, credentials } });
    return rollbackRecord(this.#scene, new Date(conditionAt).toISOString(), store);
  }

  /** What does not end with v2 has to be repaired before the alarms can go quiet. */
  async #repair(): Promise<void> {
    const { inject, record, options } = this.#scene.parts;
    if (!options.script?.lasting) return;
    await inject(false);
    record.event("cleared", "the damage is repaired", "rehearsal");
  }

  /** Clears the fault, acknowledges, and waits until the alarms are quiet. */
  async recover(reason: string): Promise<Recovered> {
    const { record, rollout, watch } = this.#scene.parts;
    await this.#clear();
    await rollout.acknowledge(reason);
    record.event("acknowledged", `acknowledged: ${reason}`, "rehearsal");
    const quiet = await this.#quiet();
    watch.rearm();
    return { quiet, armed: rollout.armed() };
  }

  /** Where nothing rolled back: clears the fault and brings everything to off, ready for what comes next. */
  async leave(reason: string): Promise<Recovered> {
    const { rollout, watch } = this.#scene.parts;
    await this.#clear();
    // An alarm that fires would have AppConfig undo the deployment.
    const calm = await this.#quiet();
    await rollout.reconcile("off", reason, []);
    await this.#scene.hold();
    this.#scene.planned = 0;
    await rollout.acknowledge(reason);
    const quiet = (await this.#quiet()) && calm;
    watch.rearm();
    return { quiet, armed: rollout.armed() };
  }

  async #clear(): Promise<void> {
    const { inject, conductor, record } = this.#scene.parts;
    await inject(false);
    conductor.faulty = false;
    record.event("cleared", "the fault is cleared", "rehearsal");
  }

  /**
   * Minutes pass until no alarm fires, for a while: a deployment that is monitored by one that does would be undone at
   * once, and an alarm whose metric has stopped looks back at its last points and may fire once more.
   */
  async #quiet(): Promise<boolean> {
    const { history } = this.#scene.parts.stack.aws.alarms;
    for (let minute = 0, still = 0; minute < patienceMinutes.quiet; minute++) {
      const seen = history.length;
      await this.#scene.hold();
      const rang = history.slice(seen).some(({ to }) => to === "ALARM");
      still = !rang && this.#scene.firing().length === 0 ? still + 1 : 0;
      if (still >= stillMinutes) return true;
    }
    return false;
  }

  async #reconciled(cause: string, alsoFiring: readonly string[]): Promise<boolean> {
    const { rollout, record } = this.#scene.parts;
    await rollout.reconcile("off", cause, alsoFiring);
    await this.#scene.hold();
    const live = rollout.liveStage();
    record.event("stage", `the stack is at off, the live document is of ${live}`, "rehearsal");
    return live === "off";
  }

  /** Minutes pass until a way down is in force and a whole minute went by without v2. */
  async #down(): Promise<number | undefined> {
    const { watch, observations, clock } = this.#scene.parts;
    for (let minute = 0; minute < patienceMinutes.down; minute++) {
      const started = clock.now();
      await this.#scene.hold();
      const { rollback } = watch;
      if (rollback?.downAt === undefined || rollback.result === undefined || observations.lastOfV2 >= started)
        continue;
      return Math.max(0, Math.max(rollback.downAt, observations.lastOfV2) - rollback.conditionAt) / 1000;
    }
    return undefined;
  }
}
