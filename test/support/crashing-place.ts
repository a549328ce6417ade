import { setImmediate as settled } from "node:timers/promises";
import { type StageName, stageOf } from "../../flags/plan.ts";
import { hear, type TopicRecord } from "../../monitoring/incident/notifier-procedure.ts";
import { attributesOf, type Telling } from "../../monitoring/incident/outbox.ts";
import { RolloutControl } from "../../monitoring/rollout/control/rollout-control.ts";
import type { RolloutEvent } from "../../monitoring/rollout/event.ts";
import { LogMovedError } from "../../monitoring/rollout/event-log.ts";
import type { RolloutPlace } from "../../monitoring/rollout/place.ts";
import { projectionFrom, projectionOf, projectionParameters } from "../../monitoring/rollout/projection.ts";
import { replay } from "../../monitoring/rollout/state.ts";
import { liveOf, stateAt } from "../monitoring/rollout/live.ts";
import { incidentMap } from "./incidents.ts";

/** What a rollback by the control asks of its place, in this order. */
export const points = ["cap0", "log", "lock", "lower", "proveV1", "outbox", "publish", "receipt"] as const;
export type Point = (typeof points)[number];

const lockName = "/part-lens/local/rollout/lock";

/**
 * A rollout at ramp-20 in a world that outlives whoever works on it: log, parameters, documents, evidence, and the
 * topic. A process can be killed right after any point, what it has done by then being done; or a point can fail.
 */
export class CrashingWorld {
  readonly events: RolloutEvent[] = [...stateAt("ramp-20").history];
  readonly objects = new Map<string, string>();
  readonly told: Telling[] = [];
  readonly notes: string[] = [];
  time = Date.parse("2026-11-23T14:00:00.000Z");
  cap = 100;
  documentStage: StageName = "ramp-20";
  /** Since when the evidence goes back, milliseconds. */
  recordedFrom: number | undefined;
  /** Whether the notifier hears what the topic takes over. */
  hasNotifier = true;
  readonly #parameters = new Map(
    Object.entries(projectionParameters("local", projectionOf(replay(this.events)))),
  );

  get lock() {
    return projectionFrom("local", Object.fromEntries(this.#parameters)).lock;
  }

  /** A named person has read the cause, and gone on to the first stage. */
  acknowledged(): void {
    const at = new Date(this.time).toISOString();
    this.events.push({ kind: "acknowledged", at, actor: "ada", reason: "read" });
    this.events.push({ kind: "advanced", at, actor: "ada", to: "canary-5", cohort: ["a"] });
    this.#parameters.set(lockName, JSON.stringify({ locked: false }));
    Object.assign(this, { cap: 100, documentStage: "canary-5" });
  }

  /** A process that was just started; it does nothing more once it has passed that point. */
  process(crash?: Point, broken?: Point): { control: RolloutControl; killed: Promise<void> } {
    const { promise: killed, resolve } = Promise.withResolvers<void>();
    let isDead = false;
    const at = async <T>(point: Point | undefined, work: () => Promise<T> | T): Promise<T> => {
      if (isDead) return new Promise<never>(() => undefined);
      if (point !== undefined && point === broken) throw new Error(`${point} is away`);
      const result = await work();
      if (point === undefined || point !== crash) return result;
      isDead = true;
      resolve();
      return new Promise<never>(() => undefined);
    };
    return { control: new RolloutControl(this.#place(at)), killed };
  }

  /** Runs that verb until it is done or killed. */
  async run(verb: "rollback" | "judge" | "hold", crash?: Point, broken?: Point): Promise<void> {
    const { control, killed } = this.process(crash, broken);
    const asked = { verb, actor: verb === "judge" ? "judge" : "ada", reason: "odd numbers" } as const;
    await Promise.race([control.perform(asked, () => undefined), killed]);
    await settled();
  }

  #place(at: <T>(point: Point | undefined, work: () => Promise<T> | T) => Promise<T>): RolloutPlace {
    const objects = incidentMap(this.objects);
    const pointOf = (key: string): Point | undefined => (key.endsWith(".sns.json") ? "receipt" : "outbox");
    return {
      environment: "local",
      patience: { seconds: -1, pollMilliseconds: 0 },
      now: () => this.time,
      log: {
        read: () => at(undefined, () => [...this.events]),
        append: (event: RolloutEvent, after?: number) => at("log", () => this.#append(event, after)),
      },
      parameters: {
        read: () => at(undefined, () => Object.fromEntries(this.#parameters)),
        write: (name: string, value: string) =>
          at(name === lockName ? "lock" : undefined, () => void this.#parameters.set(name, value)),
      },
      live: () => at(undefined, () => this.#live()),
      bakeFrom: () => at(undefined, () => "2026-11-23T12:00:00.000Z"),
      judge: () => at(undefined, () => Promise.reject(new Error("nothing is judged here"))),
      capZero: () => at("cap0", () => this.#capZero()),
      lower: (stage: StageName) => at("lower", () => this.#lower(stage)),
      proveV1: () => at("proveV1", () => "v1 answered"),
      incidents: { ...objects, create: (key, text) => at(pointOf(key), () => objects.create(key, text)) },
      tell: (telling: Telling) => at("publish", () => this.#publish(telling)),
      note: (text: string) => void this.notes.push(text),
      ...(this.recordedFrom !== undefined && { recordedFrom: this.recordedFrom }),
    } as Partial<RolloutPlace> as RolloutPlace;
  }

  #append(event: RolloutEvent, after?: number): void {
    if (after !== undefined && after !== this.events.length) throw new LogMovedError(after);
    this.events.push(event);
  }

  #live() {
    const { percent } = stageOf(this.documentStage);
    const { cap, documentStage, lock } = this;
    return liveOf(replay(this.events), { cap, documentStage, lock, percent });
  }

  #capZero(): string {
    this.cap = 0;
    return "kill switch to 0";
  }

  #lower(stage: StageName): boolean {
    if (stageOf(this.documentStage).percent <= stageOf(stage).percent) return false;
    this.documentStage = stage;
    return true;
  }

  async #publish(telling: Telling) {
    this.told.push(telling);
    const messageId = `m-${this.told.length}`;
    if (this.hasNotifier) await hear(this.#record(telling, messageId), "part-lens-local-", this.#notifier());
    return { channel: "sns" as const, endpoint: "arn:alerts", messageId };
  }

  #notifier() {
    return { store: incidentMap(this.objects), post: async () => undefined, tries: 1, pauseMilliseconds: 0 };
  }

  #record(telling: Telling, MessageId: string): TopicRecord {
    const attributes = Object.entries(attributesOf(telling)).map(([name, Value]) => [name, { Value }]);
    const { body: Message, subject: Subject } = telling;
    const Timestamp = new Date(this.time).toISOString();
    const MessageAttributes = Object.fromEntries(attributes);
    return { Sns: { MessageId, TopicArn: "arn:alerts", Subject, Message, Timestamp, MessageAttributes } };
  }
}
