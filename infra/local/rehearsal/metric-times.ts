/** Lines that a request owes: one of its version, one of zeros for the other. */
const linesOfRequest = 2;

/**
 * Gives each request's metric line the virtual time of the request: the API lives on real time and knows no other.
 * The driver says when a request is due, the line carries its request id, and a slot ends only when every line
 * it owes has come in: the alarms never look at half a slot.
 */
export class MetricTimes {
  readonly #due = new Map<string, { readonly time: number; lines: number }>();
  #changed: (() => void) | undefined;

  expect(requestId: string, virtualTime: number): void {
    this.#due.set(requestId, { time: virtualTime, lines: linesOfRequest });
  }

  /** The virtual time of that request's line, as often as it owes one; undefined for a line of no request of ours. */
  take(requestId: string): number | undefined {
    const due = this.#due.get(requestId);
    if (!due) return undefined;
    due.lines -= 1;
    if (due.lines === 0) this.#due.delete(requestId);
    this.#changed?.();
    return due.time;
  }

  /** A request that reached no version owes no line. */
  forget(requestId: string): void {
    this.#due.delete(requestId);
  }

  /** Resolves when every line has come in, or with the number still missing when the time is over. */
  async settled(limitMilliseconds = 5_000): Promise<number> {
    const deadline = Date.now() + limitMilliseconds;
    while (this.#due.size > 0 && Date.now() < deadline) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, deadline - Date.now());
        this.#changed = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.#changed = undefined;
    const missing = this.#due.size;
    this.#due.clear();
    return missing;
  }
}
