import type {
  EventKind,
  Exposure,
  MeasuredRollback,
  Point,
  StageRun,
  TimelineEvent,
} from "../../../monitoring/report/timeline.ts";
import type { Clock } from "../clock.ts";

/** Keeps what happens in a rehearsal, by the virtual minute, for the summary and the report. */
export class TimelineRecorder {
  readonly startedAt: string;
  readonly minutes: Point[] = [];
  readonly events: TimelineEvent[] = [];
  readonly stages: StageRun[] = [];
  readonly rollbacks: MeasuredRollback[] = [];
  readonly exposure: Exposure[] = [];
  readonly #clock: Clock;
  readonly #start: number;
  readonly #told: (time: string, text: string) => void;

  /** `told` hears of each event as it happens; `time` is virtual, such as `03:10`. */
  constructor(clock: Clock, told: (time: string, text: string) => void) {
    this.#clock = clock;
    this.#start = clock.now();
    this.startedAt = new Date(this.#start).toISOString();
    this.#told = told;
  }

  /** Virtual minutes since the start. */
  get minute(): number {
    return this.minuteOf(this.#clock.now());
  }

  /** The minute that a virtual time, milliseconds since the epoch, lies in. */
  minuteOf(time: number): number {
    return Math.floor((time - this.#start) / 60_000);
  }

  event(kind: EventKind, text: string, actor?: string): void {
    const seconds = Math.floor((this.#clock.now() - this.#start) / 1000);
    const pad = (value: number) => String(Math.floor(value)).padStart(2, "0");
    this.events.push({ minute: this.minute, kind, text, ...(actor ? { actor } : {}) });
    this.#told(`${pad(seconds / 3600)}:${pad((seconds / 60) % 60)}:${pad(seconds % 60)}`, text);
  }
}
