import type { NotifiedStep } from "../../notifications.ts";

/** What a rollback by the control does, and how each step is called where it failed. */
const stepNames = {
  cap0: "the kill switch",
  lock: "the lock",
  down: "the look whether v2 is down",
  proveV1: "the proof that v1 answers",
  notify: "telling the contacts",
} as const;

export type ControlStep = keyof typeof stepNames;

export interface ControlStepOutcome extends NotifiedStep {
  readonly step: ControlStep;
  /** Milliseconds from the beginning of the rollback to that of the step. */
  readonly after: number;
  readonly detail: string;
}

/** The steps of a rollback as they went. One that fails stops none after it. Source: domain.md, "Rolling back". */
export class StepRecord {
  readonly #say: (text: string) => void;
  readonly #began = performance.now();
  readonly #outcomes: ControlStepOutcome[] = [];
  readonly #texts: string[] = [];

  /** `say` hears each step as it ends. */
  constructor(say: (text: string) => void) {
    this.#say = say;
  }

  get outcomes(): readonly ControlStepOutcome[] {
    return [...this.#outcomes];
  }

  /** What was said, a line each. */
  get texts(): readonly string[] {
    return [...this.#texts];
  }

  /** Whether it succeeded. Never rejects. */
  async run(step: ControlStep, work: () => Promise<string>): Promise<boolean> {
    const began = performance.now();
    const { ok, detail } = await work().then(
      (detail) => ({ ok: true, detail }),
      (error: Error) => ({ ok: false, detail: error.message }),
    );
    const times = { after: began - this.#began, milliseconds: performance.now() - began };
    this.#outcomes.push({ step, ok, detail, ...times });
    this.remark(ok ? detail : `${stepNames[step]} failed: ${detail}`);
    return ok;
  }

  /** Something that a reader of the command's output should know besides. */
  remark(text: string): void {
    this.#texts.push(text);
    this.#say(text);
  }
}
