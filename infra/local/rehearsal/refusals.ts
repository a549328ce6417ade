/** What a rollout lock has to refuse. */
import type { StageName } from "../../../flags/plan.ts";
import { AdvanceRefused } from "../local-rollout.ts";
import type { Scene } from "./scene.ts";

/** Whether the rollout refuses to rise to that stage. */
export async function refusedByRollout({ parts }: Scene, stage: StageName): Promise<boolean> {
  try {
    await parts.rollout.advance(stage);
    return false;
  } catch (error) {
    if (!(error instanceof AdvanceRefused)) throw error;
    parts.record.event("stage", `${stage} refused: ${error.message}`, "rollout lock");
    return true;
  }
}

/** Whether the program itself refuses a checkout that says that stage, because of the lock. */
export async function refusedByProgram({ parts }: Scene, stage: StageName): Promise<boolean> {
  const refused = await parts.stack.update("rollout", { "part-lens:rolloutStage": stage }).then(
    () => undefined,
    (error: unknown) => error,
  );
  return refused instanceof Error && /lock/i.test(refused.message);
}
