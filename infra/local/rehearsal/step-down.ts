import { type StageName, stageNames, stageOf } from "../../../flags/plan.ts";
import type { StageVerdict } from "../../../monitoring/judge.ts";
import { incidentOf } from "../../../monitoring/rollout/control/rollback-telling.ts";
import { RolloutControl } from "../../../monitoring/rollout/control/rollout-control.ts";
import { LocalPlace } from "../../update/local-place.ts";
import { refusedByProgram, refusedByRollout } from "./refusals.ts";
import { type RollbackRecord, rollbackRecord } from "./rollback-record.ts";
import type { Scene } from "./scene.ts";

/** What followed from a criterion that failed at the end of a bake. */
export interface SteppedDown {
  readonly to: StageName;
  readonly failed: readonly string[];
  /** What the rollout's control did, a line each. */
  readonly steps: readonly string[];
  /** The log stands at that stage, with the rollout lock. */
  readonly locked: boolean;
  /** The yachts are where that stage has them. */
  readonly exposed: boolean;
  /** Neither the rollout nor the program itself raises the stage again. */
  readonly refused: boolean;
  /** Undefined where the log holds no rollback. */
  readonly record: RollbackRecord | undefined;
}

const patienceMinutes = 10;

/**
 * One look of the judge at a stage that failed, by the control of the product: back to the previous stage, the rollout
 * lock, v1 proven, the contacts told. Then all of that is looked at. Source: domain.md, "The rollout".
 */
export async function stepDown(scene: Scene, from: StageName, verdict: StageVerdict): Promise<SteppedDown> {
  const { record, service } = scene.parts;
  const to = stageNames[stageNames.indexOf(from) - 1] as StageName;
  const failed = verdict.criteria.filter((one) => one.verdict === "fail").map(({ measure }) => measure);
  const place = placeOf(scene);
  try {
    const control = new RolloutControl(place);
    const steps: string[] = [];
    await control.perform({ verb: "judge", actor: "judge" }, (text) => steps.push(text));
    record.event("rollback", `${failed.join(", ")} failed in ${from}: ${steps.join("; ")}`, "judge");
    const { stage, lock, cohort, history } = await scene.parts.rollout.state();
    const fleet = service.fleet.yachts.filter(({ holdOut }) => !holdOut).length;
    scene.planned = stageOf(to).percent === 0 ? 0 : (100 * cohort.length) / fleet;
    const exposed = await scene.becomesExposed(patienceMinutes, () => control.tidy());
    const refused = (await refusedByRollout(scene, from)) && (await refusedByProgram(scene, from));
    const event = history.findLast(({ kind }) => kind === "rolledBack");
    return {
      ...{ to, failed, steps, exposed, refused },
      locked: stage === to && lock?.to === to,
      record: event && (await rollbackRecord(scene, incidentOf(event.at), place.incidents)),
    };
  } finally {
    place.close();
  }
}

/** On the virtual clock, which a minute of traffic moves. */
function placeOf(scene: Scene): LocalPlace {
  const { clock, log, record, service, stack } = scene.parts;
  const note = (text: string) => record.event("rollback", text, "judge");
  const passTime = async () => void (await scene.hold());
  return new LocalPlace({ stack, service, log, clock, note, passTime });
}
