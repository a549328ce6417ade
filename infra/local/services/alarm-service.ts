import { awsDelays } from "../../../monitoring/aws-delays.ts";
import type { Clock } from "../clock.ts";
import { datapointsAt } from "./alarm-datapoints.ts";
import { type Alarm, compositeAlarmOf, type MetricAlarm, metricAlarmOf } from "./alarm-definition.ts";
import { type AlarmState, evaluate } from "./alarm-evaluation.ts";
import { alarmMessage } from "./alarm-message.ts";
import { slideOf } from "./alarm-window.ts";
import { arnOf } from "./arn.ts";
import { type Delays, millisecondsOf } from "./delays.ts";
import type { MetricStore } from "./metric-store.ts";

export interface Transition {
  readonly name: string;
  readonly arn: string;
  readonly from: AlarmState;
  readonly to: AlarmState;
  /** Milliseconds since the epoch, on the service's clock. */
  readonly at: number;
  readonly reason: string;
}

export interface AlarmDescription {
  readonly name: string;
  readonly arn: string;
  readonly state: AlarmState;
  readonly actionsEnabled: boolean;
  readonly reason: string;
  readonly description: string | undefined;
  readonly kind: Alarm["kind"];
  /** When it came into its state: milliseconds since the epoch, on the service's clock. */
  readonly since: number;
}

export interface AlarmServiceOptions {
  readonly clock: Clock;
  readonly metrics: MetricStore;
  readonly region: string;
  readonly delays?: Delays;
  /** Carries out one action of a transition: `message` is AWS's JSON. */
  readonly onAction: (arn: string, message: string, subject: string) => void | Promise<void>;
}

type TransitionListener = (transition: Transition) => void | Promise<void>;
interface Entry {
  alarm: Alarm;
  state: AlarmState;
  reason: string;
  since: number;
}

export class UnknownAlarmError extends Error {
  override readonly name = "UnknownAlarmError";
}

/**
 * CloudWatch's alarms. Evaluates by itself on the clock: alarms of 10 to 30 s every 10 s, the others once a
 * minute, composites after every round that changed a state. A new alarm starts in INSUFFICIENT_DATA, an updated
 * one keeps its state; actions run on transitions only, after AWS's delay.
 */
export class AlarmService {
  readonly #options: AlarmServiceOptions;
  readonly #delays: Delays;
  readonly #entries = new Map<string, Entry>();
  readonly #listeners = new Set<TransitionListener>();
  readonly #history: Transition[] = [];
  #closed = false;

  constructor(options: AlarmServiceOptions) {
    this.#options = options;
    this.#delays = options.delays ?? awsDelays;
    this.#tickAfter(options.clock.now());
  }

  /** Takes the inputs of a Pulumi MetricAlarm, returns the ARN. Throws AlarmDefinitionError. */
  putMetricAlarm(inputs: unknown): string {
    return this.#put(metricAlarmOf(inputs));
  }

  /** Takes the inputs of a Pulumi CompositeAlarm, returns the ARN. Its alarms must exist. */
  putCompositeAlarm(inputs: unknown): string {
    const alarm = compositeAlarmOf(inputs);
    for (const child of alarm.rule.children) this.state(child);
    return this.#put(alarm);
  }

  delete(name: string): void {
    this.#entries.delete(name);
  }

  /** The state of an alarm, by name or ARN. Throws UnknownAlarmError. */
  state(nameOrArn: string): AlarmState {
    const entry = this.#entries.get(nameOf(nameOrArn));
    if (!entry) throw new UnknownAlarmError(`no alarm ${nameOrArn}`);
    return entry.state;
  }

  describe(nameOrArn: string): AlarmDescription | undefined {
    const entry = this.#entries.get(nameOf(nameOrArn));
    if (!entry) return undefined;
    const { state, reason, since } = entry;
    const { name, actionsEnabled, kind, alarmDescription: description } = entry.alarm;
    return { name, arn: this.#arn(name), kind, description, state, actionsEnabled, reason, since };
  }

  /**
   * Puts an alarm into that state until its next evaluation; its actions run as for any other transition.
   * Throws UnknownAlarmError.
   */
  async setState(name: string, state: AlarmState, reason: string): Promise<void> {
    const entry = this.#entries.get(name);
    if (!entry) throw new UnknownAlarmError(`no alarm ${name}`);
    for (const transition of this.#turn(entry, state, () => reason)) await this.#announce(transition);
  }

  names(): readonly string[] {
    return [...this.#entries.keys()];
  }

  /** The names of the alarms that are in ALARM now. */
  firing(): readonly string[] {
    return this.names().filter((name) => this.state(name) === "ALARM");
  }

  get history(): readonly Transition[] {
    return this.#history;
  }

  /** Calls the listener after each transition; returns what ends that. */
  onTransition(listener: TransitionListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Ends the evaluations. */
  close(): void {
    this.#closed = true;
  }

  #put(alarm: Alarm): string {
    const old = this.#entries.get(alarm.name);
    const since = this.#options.clock.now();
    const fresh = { state: "INSUFFICIENT_DATA", reason: "Unchecked: initial alarm creation", since } as const;
    this.#entries.set(alarm.name, { ...(old ?? fresh), alarm });
    return this.#arn(alarm.name);
  }

  #tickAfter(time: number): void {
    const step = millisecondsOf(this.#delays, "evaluationShort");
    const next = (Math.floor(time / step) + 1) * step;
    this.#options.clock.at(next, async () => {
      if (this.#closed) return;
      this.#tickAfter(next);
      await this.#evaluateAt(next);
    });
  }

  async #evaluateAt(time: number): Promise<void> {
    const changed: Transition[] = [];
    for (const entry of this.#entries.values()) {
      if (entry.alarm.kind !== "metric") continue;
      if (time % this.#intervalOf(entry.alarm) === 0)
        changed.push(...this.#evaluateMetric(entry, entry.alarm, time));
    }
    // A composite may look at composites: rounds until nothing moves.
    for (let round = this.#evaluateComposites(); round.length; round = this.#evaluateComposites())
      changed.push(...round);
    for (const transition of changed) await this.#announce(transition);
  }

  #intervalOf(alarm: MetricAlarm): number {
    const key = slideOf(alarm.period) < 60_000 ? "evaluationShort" : "evaluationLong";
    return millisecondsOf(this.#delays, key);
  }

  #evaluateMetric(entry: Entry, alarm: MetricAlarm, time: number): readonly Transition[] {
    const ingestion = millisecondsOf(this.#delays, "ingestion");
    const { values, lowSamples } = datapointsAt(alarm, this.#options.metrics, time, ingestion);
    if (lowSamples) return [];
    const points = values.map((value) => (value === undefined ? undefined : breaches(alarm, value)));
    const state = evaluate(points, alarm, entry.state);
    return this.#turn(entry, state, () => reasonOf(alarm, values, state));
  }

  #evaluateComposites(): readonly Transition[] {
    return [...this.#entries.values()].flatMap((entry) => {
      const { alarm } = entry;
      if (alarm.kind !== "composite") return [];
      const holds = alarm.rule.holds((name) => this.state(name));
      return this.#turn(entry, holds ? "ALARM" : "OK", () => `${alarm.alarmRule} is ${holds}`);
    });
  }

  #turn(entry: Entry, to: AlarmState, reason: () => string): readonly Transition[] {
    if (entry.state === to) return [];
    const { name } = entry.alarm;
    const at = this.#options.clock.now();
    const transition = { name, arn: this.#arn(name), from: entry.state, to, at, reason: reason() };
    entry.state = to;
    entry.reason = transition.reason;
    entry.since = at;
    this.#history.push(transition);
    return [transition];
  }

  async #announce(transition: Transition): Promise<void> {
    const alarm = this.#entries.get(transition.name)?.alarm;
    if (alarm?.actionsEnabled)
      for (const arn of actionsOf(alarm, transition.to)) this.#act(alarm, arn, transition);
    for (const listener of this.#listeners) await listener(transition);
  }

  #act(alarm: Alarm, arn: string, transition: Transition): void {
    const { clock, onAction, region } = this.#options;
    const { subject, message } = alarmMessage(alarm, transition, region);
    clock.at(clock.now() + millisecondsOf(this.#delays, "alarmAction"), () =>
      onAction(arn, message, subject),
    );
  }

  #arn(name: string): string {
    return arnOf("cloudwatch", this.#options.region, `alarm:${name}`);
  }
}

function nameOf(nameOrArn: string): string {
  return nameOrArn.replace(/^arn:aws:cloudwatch:[^:]*:\d*:alarm:/, "");
}

function actionsOf(alarm: Alarm, state: AlarmState): readonly string[] {
  if (state === "ALARM") return alarm.alarmActions;
  return state === "OK" ? alarm.okActions : alarm.insufficientDataActions;
}

const comparisons = {
  GreaterThanThreshold: (value: number, threshold: number) => value > threshold,
  GreaterThanOrEqualToThreshold: (value: number, threshold: number) => value >= threshold,
  LessThanThreshold: (value: number, threshold: number) => value < threshold,
  LessThanOrEqualToThreshold: (value: number, threshold: number) => value <= threshold,
} as const;

function breaches(alarm: MetricAlarm, value: number): boolean {
  return comparisons[alarm.comparisonOperator](value, alarm.threshold);
}

function reasonOf(alarm: MetricAlarm, values: readonly (number | undefined)[], state: AlarmState): string {
  const shown = values.map((value) =>
    value === undefined ? "missing" : String(Number(value.toPrecision(6))),
  );
  const counts = `${alarm.datapointsToAlarm} out of ${alarm.evaluationPeriods}`;
  return `${state}: datapoints [${shown.join(", ")}], oldest first; ${counts} must be ${alarm.comparisonOperator} ${alarm.threshold}`;
}
