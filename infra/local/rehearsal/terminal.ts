import cliProgress from "cli-progress";
import colours from "picocolors";

/** What one virtual minute looked like. Shares are percent, P95 milliseconds. */
export interface MinuteView {
  readonly planned: number;
  readonly observed: number;
  readonly errorRate: number;
  readonly p95: number;
  readonly firing: readonly string[];
}

/** A terminal, or what is written into a file instead. */
type Told = NodeJS.WritableStream & Partial<Pick<NodeJS.WriteStream, "isTTY" | "clearLine" | "cursorTo">>;

/** How the rehearsal tells what it does. With `--json` everything goes to standard error. */
export class Terminal {
  readonly #stream: Told;
  #bar: cliProgress.SingleBar | undefined;

  constructor(stream: Told) {
    this.#stream = stream;
  }

  /** A line of its own, above the bar if there is one. */
  line(text = ""): void {
    if (this.#stream.isTTY) {
      this.#stream.clearLine?.(0);
      this.#stream.cursorTo?.(0);
    }
    this.#stream.write(`${text}\n`);
  }

  /** A line that the next one takes the place of; only on a terminal. */
  progress(text: string): void {
    if (!this.#stream.isTTY) return;
    this.#stream.write(`  ${colours.dim(`… ${text}`)}`);
    this.#stream.clearLine?.(1);
    this.#stream.cursorTo?.(0);
  }

  heading(text: string): void {
    this.line(`\n${colours.bold(text)}`);
  }

  good(text: string): void {
    this.line(`  ${colours.green("✓")} ${text}`);
  }

  bad(text: string): void {
    this.line(`  ${colours.red("✗")} ${text}`);
  }

  /** Something that happened at a virtual minute. */
  event(clock: string, text: string): void {
    this.line(`  ${colours.dim(clock)}  ${text}`);
  }

  /** Starts the bar of a stage; off a terminal it is printed every few seconds instead. */
  begin(stage: string, minutes: number): void {
    this.end();
    this.#bar = new cliProgress.SingleBar({
      stream: this.#stream,
      format: `  ${stage.padEnd(9)} {bar} {value}/{total} min  v2 {exposure} %  errors {errors} %  P95 {p95} ms  {firing}`,
      barsize: 16,
      barCompleteChar: "█",
      barIncompleteChar: "░",
      hideCursor: true,
      fps: 8,
      noTTYOutput: true,
      notTTYSchedule: 5_000,
      gracefulExit: true,
    });
    this.#bar.start(minutes, 0, { exposure: "–", errors: "–", p95: "–", firing: "" });
  }

  minute(done: number, view: MinuteView): void {
    this.#bar?.update(done, {
      exposure: `${view.observed.toFixed(0)}/${view.planned.toFixed(0)}`,
      errors: (view.errorRate * 100).toFixed(1),
      p95: view.p95.toFixed(0),
      firing: view.firing.length > 0 ? `ALARM ${view.firing.join(" ")}` : "",
    });
  }

  end(): void {
    this.#bar?.stop();
    this.#bar = undefined;
  }
}
