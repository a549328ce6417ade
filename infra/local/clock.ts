/** The time that alarms, deployments and the judge live on: virtual in a rehearsal, the machine's own when serving. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Runs the task once that time has come; tasks of the same time run in the order they were asked for. */
  at(time: number, task: () => void | Promise<void>): void;
}

interface Task {
  readonly time: number;
  readonly order: number;
  readonly run: () => void | Promise<void>;
}

/** Stands still until it is stepped. A step runs what falls due in it, one task after the other, each awaited. */
export class VirtualClock implements Clock {
  #now: number;
  #order = 0;
  #tasks: Task[] = [];

  constructor(start: number) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  at(time: number, task: () => void | Promise<void>): void {
    const entry = { time: Math.max(time, this.#now), order: this.#order++, run: task };
    const place = this.#tasks.findIndex((other) => other.time > entry.time);
    if (place === -1) this.#tasks.push(entry);
    else this.#tasks.splice(place, 0, entry);
  }

  /** Steps to that time. A task that fails fails the step. */
  async advanceTo(time: number): Promise<void> {
    for (let next = this.#tasks[0]; next && next.time <= time; next = this.#tasks[0]) {
      this.#tasks.shift();
      this.#now = Math.max(this.#now, next.time);
      await next.run();
    }
    this.#now = Math.max(this.#now, time);
  }

  async advance(milliseconds: number): Promise<void> {
    await this.advanceTo(this.#now + milliseconds);
  }
}

/** The machine's own time, for a local stack that serves until Ctrl-C. Its timers keep no process alive. */
export class SystemClock implements Clock {
  readonly #failed: (error: unknown) => void;

  constructor(failed: (error: unknown) => void) {
    this.#failed = failed;
  }

  now(): number {
    return Date.now();
  }

  at(time: number, task: () => void | Promise<void>): void {
    setTimeout(() => this.#due(time, task), Math.max(0, time - Date.now())).unref();
  }

  /** A timer may ring a millisecond early: then it is set again. */
  #due(time: number, task: () => void | Promise<void>): void {
    if (Date.now() < time) this.at(time, task);
    else Promise.resolve().then(task).catch(this.#failed);
  }
}
