import { z } from "zod";
import { scheduledTime } from "../../../monitoring/scheduled-run.ts";
import type { Clock } from "../clock.ts";
import { arnOf } from "./arn.ts";

/** A schedule that is no rate, or not as EventBridge Scheduler takes it. */
export class ScheduleDefinitionError extends Error {
  override readonly name = "ScheduleDefinitionError";
}

export interface ScheduleServiceOptions {
  readonly clock: Clock;
  readonly region: string;
  /** Runs a function with an event. Whether it succeeds is no concern of the scheduler's. */
  readonly invoke: (functionArn: string, event: unknown) => Promise<unknown>;
  /** Runs only every so manieth time, by the schedule's name: where virtual time is too dear. Default 1. */
  readonly thinned?: (name: string) => number;
}

interface Schedule {
  readonly name: string;
  readonly everyMilliseconds: number;
  readonly target: string;
  /** JSON, in which the scheduled time may have to be put in. */
  readonly input: string;
}

const schedule = z.object({
  name: z.string(),
  scheduleExpression: z.string(),
  flexibleTimeWindow: z.object({ mode: z.literal("OFF") }),
  state: z.literal("ENABLED").optional(),
  target: z.object({ arn: z.string(), roleArn: z.string(), input: z.string().default("{}") }),
});

const lengths = { minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const;
const rate = /^rate\(([1-9]\d*) (minute|hour|day)s?\)$/;

/**
 * EventBridge Scheduler, as far as rates go: a schedule runs at once when it is made, and from then on at that
 * distance. An update keeps its rhythm. Source: EventBridge Scheduler user guide, "Schedule types".
 */
export class ScheduleService {
  readonly #options: ScheduleServiceOptions;
  readonly #schedules = new Map<string, Schedule>();
  #closed = false;

  constructor(options: ScheduleServiceOptions) {
    this.#options = options;
  }

  /** Takes the inputs of a Pulumi Schedule, returns the ARN. Throws ScheduleDefinitionError. */
  put(inputs: unknown): string {
    const wanted = definitionOf(inputs);
    const known = this.#schedules.get(wanted.name);
    this.#schedules.set(wanted.name, wanted);
    if (known?.everyMilliseconds !== wanted.everyMilliseconds) this.#next(wanted, this.#options.clock.now());
    return arnOf("scheduler", this.#options.region, `schedule/default/${wanted.name}`);
  }

  delete(name: string): void {
    this.#schedules.delete(name);
  }

  names(): readonly string[] {
    return [...this.#schedules.keys()];
  }

  /** Nothing runs any more. */
  close(): void {
    this.#closed = true;
  }

  #next({ name, everyMilliseconds }: Schedule, time: number): void {
    this.#options.clock.at(time, async () => {
      const current = this.#schedules.get(name);
      if (this.#closed || current?.everyMilliseconds !== everyMilliseconds) return;
      const times = this.#options.thinned?.(name) ?? 1;
      this.#next(current, time + everyMilliseconds * times);
      await this.#options.invoke(current.target, eventOf(current.input, time)).catch(() => undefined);
    });
  }
}

function definitionOf(inputs: unknown): Schedule {
  const parsed = schedule.safeParse(inputs);
  if (!parsed.success) throw new ScheduleDefinitionError(`schedule inputs: ${z.prettifyError(parsed.error)}`);
  const { name, scheduleExpression, target } = parsed.data;
  const [, count, unit] = rate.exec(scheduleExpression) ?? [];
  if (!count || !unit)
    throw new ScheduleDefinitionError(`${name}: "${scheduleExpression}" is not simulated, only rates are`);
  const everyMilliseconds = Number(count) * lengths[unit as keyof typeof lengths];
  JSON.parse(target.input);
  return { name, everyMilliseconds, target: target.arn, input: target.input };
}

/** EventBridge writes times without fractions of a second. */
function eventOf(input: string, time: number): unknown {
  const text = `${new Date(time).toISOString().slice(0, 19)}Z`;
  return JSON.parse(input.replaceAll(scheduledTime, text));
}
