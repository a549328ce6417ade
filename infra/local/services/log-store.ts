export interface LogEvent {
  /** Milliseconds since the epoch, on the stack's clock. */
  readonly at: number;
  readonly message: string;
}

/** Lines a log group keeps; older ones go, as nothing here looks back further than some minutes. */
const mostLines = 20_000;

/** CloudWatch's logs in memory: what the functions printed, by log group, in the order it came. */
export class LogStore {
  readonly #groups = new Map<string, LogEvent[]>();

  /** A group that is there already stays as it is. */
  create(group: string): void {
    if (!this.#groups.has(group)) this.#groups.set(group, []);
  }

  put(group: string, event: LogEvent): void {
    const lines = this.#groups.get(group);
    if (!lines) this.#groups.set(group, [event]);
    else if (lines.push(event) > mostLines * 2) lines.splice(0, lines.length - mostLines);
  }

  /** Those with from <= at < to, oldest first; undefined for a group that nobody has made or written to. */
  read(group: string, from: number, to: number): readonly LogEvent[] | undefined {
    const lines = this.#groups.get(group)?.filter(({ at }) => at >= from && at < to);
    return lines?.sort((a, b) => a.at - b.at);
  }
}
