/** What the stack files must say after a way down was taken, so that no checkout raises it again. */
import { type StageName, stageNames, stageOf } from "../../flags/plan.ts";
import type { LiveView } from "../../monitoring/rollout/live-view.ts";

/** The settings that a way down can overtake. */
export interface StackSettings {
  readonly rolloutStage: StageName;
  /** Undefined where the file does not have it. */
  readonly codeVersion?: string;
}

/** What is live, as far as the stack files follow it. */
export interface LiveStack extends Pick<LiveView, "documentStage" | "lock" | "pin"> {
  /** The published version that a way down has put the aliases on; undefined when none did. */
  readonly heldCode?: number | undefined;
}

/** One setting of one stack file. */
export interface SettingChange {
  readonly layer: "rollout" | "service";
  readonly key: keyof StackSettings;
  readonly from: string;
  readonly to: string;
}

export interface Reconciliation {
  /** Why the files follow what is live; undefined where no way down was taken: then they are ahead, or right. */
  readonly because?: string;
  /** What the rollout stack must be brought to. */
  readonly stage: StageName;
  readonly changes: readonly SettingChange[];
}

/** A change that would expose more yachts than now: nothing that reconciles may make one. */
export class StageWouldRise extends Error {
  override readonly name = "StageWouldRise";
}

/**
 * The stage is the lowest of what the file says, what is live, and what the lock and the pin allow; the code is the
 * version that a way down has put back. Only after a way down: a file that is ahead of what is live is otherwise a
 * rise that somebody has reviewed and that is about to be deployed.
 */
export function reconciliation(live: LiveStack, files: StackSettings): Reconciliation {
  const because = reasonOf(live);
  if (because === undefined) return { stage: files.rolloutStage, changes: [] };
  const stage = lowest([files.rolloutStage, ...ceilings(live)]);
  return { because, stage, changes: [...stageChange(files, stage), ...codeChange(files, live)] };
}

/** Throws StageWouldRise for a change of the stage that does not go down, or not as far as what is live. */
export function assertFalls({ changes }: Pick<Reconciliation, "changes">, live: LiveStack): void {
  for (const { key, from, to } of changes) {
    if (key !== "rolloutStage") continue;
    const { percent } = stageOf(to);
    const most = Math.min(...[from, ...ceilings(live)].map((stage) => stageOf(stage).percent));
    if (percent > most || percent === stageOf(from).percent)
      throw new StageWouldRise(`${to} is refused: the stack file says ${from}, and ${most} % is live`);
  }
}

function reasonOf({ lock, pin, heldCode }: LiveStack): string | undefined {
  if (lock.locked) return `locked since ${lock.at} because of ${lock.cause}`;
  if (pin?.pinned) return `pinned to v1 since ${pin.at} because of ${pin.cause}`;
  return heldCode === undefined ? undefined : `version ${heldCode} of the code was put back`;
}

/** A document that says no stage (none was ever deployed) limits nothing. */
function ceilings({ documentStage, lock, pin }: LiveStack): StageName[] {
  const live = stageNames.find((name) => name === documentStage);
  return [
    ...(live ? [live] : []),
    ...(lock.locked ? [lock.to] : []),
    ...(pin?.pinned ? (["off"] as const) : []),
  ];
}

function lowest(stages: readonly StageName[]): StageName {
  return stages.reduce((low, stage) => (stageOf(stage).percent < stageOf(low).percent ? stage : low));
}

function stageChange({ rolloutStage }: StackSettings, stage: StageName): SettingChange[] {
  return stage === rolloutStage
    ? []
    : [{ layer: "rollout", key: "rolloutStage", from: rolloutStage, to: stage }];
}

function codeChange({ codeVersion }: StackSettings, { heldCode }: LiveStack): SettingChange[] {
  if (heldCode === undefined || codeVersion === undefined || codeVersion === `${heldCode}`) return [];
  return [{ layer: "service", key: "codeVersion", from: codeVersion, to: `${heldCode}` }];
}
