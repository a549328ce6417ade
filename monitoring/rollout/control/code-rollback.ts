import type { CodePlace } from "../code-place.ts";
import type { RolloutRecorder } from "../recorder.ts";
import { type Caller, isRefused } from "../verbs/decision.ts";
import { rollbackCode } from "../verbs/rollback-code.ts";

export interface CodeRollbackParts {
  /** Undefined where the place cannot move code. */
  readonly code: CodePlace | undefined;
  readonly recorder: RolloutRecorder;
  readonly caller: Caller;
  readonly reason?: string;
  /** Hears what is done. */
  readonly step: (text: string) => void;
}

/**
 * The last known-good version behind the alias: the alias at once, then the record, then the stack. A step that
 * fails stops none after it. True when the version serves.
 */
export async function putCodeBack({
  code,
  recorder,
  caller,
  reason,
  step,
}: CodeRollbackParts): Promise<boolean> {
  const served = await code?.served();
  if (!code || !served) {
    step(code ? "the code stays: none serves yet" : "the code stays: this place cannot move it");
    return false;
  }
  const situation = { ...served, ...(reason !== undefined && { reason }) };
  const decision = rollbackCode(await recorder.state(), caller, situation);
  if (isRefused(decision)) {
    step(`the code stays: ${decision.refused}`);
    return false;
  }
  const attempted = async (what: string, work: () => Promise<string>) => {
    try {
      step(await work());
      return true;
    } catch (error) {
      step(`${what} failed: ${(error as Error).message}`);
      return false;
    }
  };
  const moved = await attempted("moving the aliases", () => code.putBack(decision.to));
  if (!moved) return false;
  const [event] = decision.events;
  if (event) await attempted("the record", () => recorder.record(event).then(() => decision.text));
  step(decision.migrations);
  await attempted("the stack update", () => code.declare(decision.to));
  return true;
}
