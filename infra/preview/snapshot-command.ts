/** The parts of `npm run preview` that work on snapshots: check them, write them, compare two checkouts. */
import { type EnvironmentName, layers } from "../naming.ts";
import { type CheckoutChange, checkoutChange, checkoutMarkdown } from "./checkout-change.ts";
import type { Program } from "./plan.ts";
import { plannedSnapshots, snapshotDirectory, staleLayers, writeSnapshots } from "./snapshot.ts";
import { exitCodes, showStep, stageReport } from "./stage-report.ts";

/** The command that brings the snapshots up to date. */
export const writeCommand = "npm run preview -- --write-snapshots";

/** Writes the snapshots, or says which are not up to date. Returns the exit status. */
export async function keepSnapshots(
  program: Program,
  environments: readonly EnvironmentName[],
  write: boolean,
  directory = snapshotDirectory,
): Promise<number> {
  const stale: string[] = [];
  for (const environment of environments) {
    const made = await plannedSnapshots({ environment, program });
    stale.push(...staleLayers(environment, made, directory).map((layer) => `${environment}-${layer}`));
    if (write) writeSnapshots(environment, made, directory);
  }
  const count = environments.length * layers.length;
  if (write) console.log(`${count} snapshots in ${directory}, ${stale.length} of them changed`);
  else if (stale.length === 0) console.log(`${count} snapshots are up to date`);
  else console.log(`not up to date: ${stale.join(", ")}. Run "${writeCommand}" and review the difference.`);
  return write || stale.length === 0 ? exitCodes.made : exitCodes.stale;
}

/** Prints what differs from the snapshots of another checkout. Returns the exit status. */
export async function compareCheckouts(
  program: Program,
  environments: readonly EnvironmentName[],
  base: string,
): Promise<number> {
  const changes: CheckoutChange[] = [];
  const steps: string[] = [];
  for (const environment of environments) {
    const change = checkoutChange(environment, base, await plannedSnapshots({ environment, program }));
    changes.push(change);
    if (!change.stage) continue;
    const report = await stageReport({ environment, program }, change.stage.from, change.stage.to);
    steps.push(showStep(report, environment, "markdown", false));
  }
  console.log([checkoutMarkdown(changes), ...steps].join("\n\n"));
  return changes.some(({ forbidden }) => forbidden.length > 0) ? exitCodes.forbidden : exitCodes.made;
}
