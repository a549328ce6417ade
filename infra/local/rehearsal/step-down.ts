import { type StageName, stageNames, stageOf } from "../../../flags/plan.ts";
import type { StageVerdict } from "../../../monitoring/judge.ts";
import { refusedByProgram, refusedByRollout } from "./refusals.ts";
import type { Scene } from "./scene.ts";

/** What followed from a criterion that failed at the end of a bake. */
export interface SteppedDown {
  readonly to: StageName;
  readonly failed: readonly string[];
  /** The log stands at that stage, with the rollout lock. */
  readonly locked: boolean;
  /** The yachts are where that stage has them. */
  readonly exposed: boolean;
  /** Neither the rollout nor the program itself raises the stage again. */
  readonly refused: boolean;
}

const patienceMinutes = 10;

/** Back to the previous stage, and the rollout lock; then proves both. Source: domain.md, "The rollout". */
export async function stepDown(scene: Scene, from: StageName, verdict: StageVerdict): Promise<SteppedDown> {
  const { rollout, record, service } = scene.parts;
  const to = stageNames[stageNames.indexOf(from) - 1] as StageName;
  const failed = verdict.criteria.filter((one) => one.verdict === "fail").map(({ measure }) => measure);
  const [cause = "judge", ...others] = failed;
  await rollout.reconcile(to, cause, others);
  record.event("rollback", `${failed.join(", ")} failed in ${from}: back to ${to}, locked`, "judge");
  const { stage, lock, cohort } = await rollout.state();
  const fleet = service.fleet.yachts.filter(({ holdOut }) => !holdOut).length;
  // A minute for the document to arrive, which is no exposure against the plan.
  await scene.hold();
  scene.planned = stageOf(to).percent === 0 ? 0 : (100 * cohort.length) / fleet;
  const exposed = await scene.becomesExposed(patienceMinutes);
  const refused = (await refusedByRollout(scene, from)) && (await refusedByProgram(scene, from));
  return { to, failed, locked: stage === to && lock?.to === to, exposed, refused };
}
