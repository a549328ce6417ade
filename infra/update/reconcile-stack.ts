/** After a way down: the stack files say what is live, are committed, and the layers are updated to them. */
import { stageOf } from "../../flags/plan.ts";
import { alarmKeys, alarms } from "../../monitoring/alarms.ts";
import type { LiveView } from "../../monitoring/rollout/live-view.ts";
import type { RolloutPlace } from "../../monitoring/rollout/place.ts";
import type { EnvironmentName, LayerName } from "../naming.ts";
import {
  assertFalls,
  type LiveStack,
  type Reconciliation,
  reconciliation,
  type SettingChange,
} from "./reconciliation.ts";
import { stackFile, stackSettings, withSetting } from "./stack-file.ts";
import type { StackRepository } from "./stack-repository.ts";

/** The live view, with the code that a way down has put back. */
export type ReconcileView = LiveView & Pick<LiveStack, "heldCode">;

export interface ReconcileParts {
  readonly environment: EnvironmentName;
  readonly look: () => Promise<ReconcileView>;
  readonly place: Pick<RolloutPlace, "lower" | "stopDeployments">;
  readonly repository: Pick<StackRepository, "remoteFiles" | "follow" | "commit">;
  /** Brings what follows from the stack files (the snapshots) up to date; the paths to commit. */
  readonly prepare: () => Promise<readonly string[]>;
  /** Updates these layers by the engine. */
  readonly update: (layers: readonly LayerName[]) => Promise<void>;
  readonly tell: (progress: string) => void;
  /** How long it waits for deployments and alarms, and between two looks. */
  readonly patience: { readonly seconds: number; readonly pollMilliseconds: number };
  readonly dryRun: boolean;
}

export interface ReconcileReport {
  readonly environment: EnvironmentName;
  readonly because?: string;
  readonly changes: readonly SettingChange[];
  /** Of the commit, when one was made. */
  readonly commit?: string;
  readonly updated: readonly LayerName[];
  readonly text: string;
}

/** What was decided could not be done in full; a second run carries on. */
export class ReconcileIncomplete extends Error {
  override readonly name = "ReconcileIncomplete";
}

const monitors = alarmKeys.filter((key) => "monitor" in alarms[key]);
/** How often it looks again when somebody pushes at the same time. */
const tries = 5;

/** Never raises. Safe twice: what is right already is left alone. Throws ReconcileIncomplete, StageWouldRise, RepositoryRefused. */
export async function reconcileStack(parts: ReconcileParts): Promise<ReconcileReport> {
  const { environment, tell } = parts;
  const { found, commit } = await committed(parts);
  const report = { environment, changes: found.changes, ...(found.because && { because: found.because }) };
  if (found.because === undefined)
    return { ...report, updated: [], text: `${environment}: no way down was taken; nothing to reconcile` };
  if (parts.dryRun) return { ...report, updated: [], text: planText(environment, found) };
  if (commit) tell(`committed and pushed ${commit.slice(0, 12)}: ${changesText(found.changes)}`);
  const updated = await brought(parts, found);
  const text = `${environment} is reconciled: ${found.because}; ${found.stage} is configured and live at most`;
  return { ...report, ...(commit && { commit }), updated, text };
}

/** What the files must say, and the commit that makes them say it; looked at again when somebody pushed meanwhile. */
async function committed(parts: ReconcileParts): Promise<{ found: Reconciliation; commit?: string }> {
  const { environment, repository, look, dryRun } = parts;
  for (let left = tries; left > 0; left -= 1) {
    const live = await look();
    const files = { rollout: stackFile(environment, "rollout"), service: stackFile(environment, "service") };
    const found = reconciliation(live, stackSettings(await repository.remoteFiles(files)));
    assertFalls(found, live);
    if (dryRun || found.because === undefined) return { found };
    await repository.follow();
    if (found.changes.length === 0) return { found };
    const commit = await repository.commit(
      editsOf(environment, found),
      messageOf(environment, found),
      parts.prepare,
    );
    if (commit) return { found, commit };
    parts.tell("somebody has pushed meanwhile; looking again");
  }
  throw new ReconcileIncomplete(`somebody else pushed ${tries} times in between; run this again`);
}

/** The layers are updated to the files, once nothing would undo or block it. */
async function brought(parts: ReconcileParts, { stage }: Reconciliation): Promise<LayerName[]> {
  const { place, update, tell } = parts;
  const isAbove = ({ documentStage }: LiveView) => percentOf(documentStage) > stageOf(stage).percent;
  const { heldCode } = await quiet(parts);
  // Also where the files were right: an earlier run may have ended between its commit and its update.
  const layers: LayerName[] = heldCode === undefined ? ["rollout"] : ["service", "rollout"];
  tell(`updating ${layers.join(" and ")}`);
  await update(layers);
  // The layer may be right already, while AppConfig has undone its deployment: then the update found nothing to do.
  if (isAbove(await parts.look()) && (await place.lower(stage))) tell(`lowering the document to ${stage}`);
  await until(parts, (view) => (isAbove(view) ? `the document still says ${view.documentStage}` : undefined));
  return layers;
}

/**
 * Waits until no deployment runs and no monitor fires: AppConfig blocks an update in the one case, and undoes it in the
 * other. Where nobody is on v2 whatever the document says, a running deployment is stopped instead: its bake proves
 * nothing any more, and may take a day.
 */
async function quiet(parts: ReconcileParts): Promise<ReconcileView> {
  let stopped: number | undefined;
  return until(parts, async (view) => {
    const nobody = view.cap === 0 || view.pin?.pinned === true;
    // Once: one that is on its way back is still under way.
    if (view.deployment && nobody && view.deployment.number !== stopped) {
      stopped = view.deployment.number;
      await parts.place.stopDeployments();
    }
    if (view.deployment) return `deployment ${view.deployment.number} is ${view.deployment.state}`;
    const loud = monitors.filter((key) => view.alarms[key] !== "OK");
    return loud.length > 0 ? `not OK: ${loud.join(", ")}` : undefined;
  });
}

/** Looks until nothing is in the way any more. Throws ReconcileIncomplete with what still is. */
async function until(
  { look, patience, tell }: ReconcileParts,
  inTheWay: (view: ReconcileView) => string | undefined | Promise<string | undefined>,
): Promise<ReconcileView> {
  const end = Date.now() + patience.seconds * 1000;
  for (let said = ""; ; ) {
    const view = await look();
    const obstacle = await inTheWay(view);
    if (obstacle === undefined) return view;
    if (Date.now() >= end)
      throw new ReconcileIncomplete(
        `${obstacle}, after ${patience.seconds} s; the files are right, run this again`,
      );
    if (obstacle !== said) tell(`waiting: ${obstacle}`);
    said = obstacle;
    await new Promise((resolve) => setTimeout(resolve, patience.pollMilliseconds));
  }
}

/** A document that says no stage exposes nobody. */
function percentOf(documentStage: string): number {
  return documentStage === "unknown" ? 0 : stageOf(documentStage).percent;
}

function editsOf(environment: EnvironmentName, { changes }: Reconciliation) {
  return Object.fromEntries(
    changes.map(({ layer, key, to }) => [
      stackFile(environment, layer),
      (text: string) => withSetting(text, key, to),
    ]),
  );
}

function messageOf(environment: EnvironmentName, found: Reconciliation): string {
  return `Say what is live in ${environment}: ${changesText(found.changes)}\n\n${found.because}.\n`;
}

function changesText(changes: readonly SettingChange[]): string {
  return changes.map(({ key, from, to }) => `${key} ${from} to ${to}`).join(", ");
}

function planText(environment: EnvironmentName, { because, changes }: Reconciliation): string {
  const what = changes.length > 0 ? `would commit ${changesText(changes)}` : "the stack files are right";
  return `${environment}: ${because}; ${what}`;
}
