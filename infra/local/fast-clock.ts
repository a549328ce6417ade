import type { Clock } from "./clock.ts";

/**
 * The machine's time, running that many times faster: for trying the whole out on one machine. Alarms, deployments and
 * bakes come sooner; the API, its tokens and its signatures stay on real time. Its timers keep no process alive.
 */
export class FastClock implements Clock {
  readonly #speed: number;
  readonly #start: number;
  readonly #began = performance.now();
  readonly #failed: (error: unknown) => void;

  /** `start`: not before this time, milliseconds since the epoch: a clock that ran ahead must not fall back. */
  constructor(speed: number, start: number, failed: (error: unknown) => void) {
    if (!(speed >= 1)) throw new RangeError(`a clock's speed must be 1 or more, not ${speed}`);
    this.#speed = speed;
    this.#start = Math.max(start, Date.now());
    this.#failed = failed;
  }

  now(): number {
    return Math.floor(this.#start + (performance.now() - this.#began) * this.#speed);
  }

  at(time: number, task: () => void | Promise<void>): void {
    const left = Math.ceil((time - this.now()) / this.#speed);
    setTimeout(() => this.#due(time, task), Math.max(0, left)).unref();
  }

  /** A timer may ring a millisecond early, which is many of this clock's: then it is set again. */
  #due(time: number, task: () => void | Promise<void>): void {
    if (this.now() < time) this.at(time, task);
    else Promise.resolve().then(task).catch(this.#failed);
  }
}
