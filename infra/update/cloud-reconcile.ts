/** Reconciling an environment in AWS: what is live by AWS's clients, the files by git, the layers by Pulumi's CLI. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { openCloud } from "../../monitoring/rollout/aws/cloud-adapter.ts";
import { heldCode, projectionFrom } from "../../monitoring/rollout/projection.ts";
import { alarmPrefix, type EnvironmentName } from "../naming.ts";
import { snapshotDirectory } from "../preview/snapshot.ts";
import { regionOf } from "./cloud-control.ts";
import { stackUpdates } from "./cloud-stack.ts";
import { cloudUp } from "./cloud-up.ts";
import type { ReconcileParts } from "./reconcile-stack.ts";
import { StackRepository } from "./stack-repository.ts";

export interface CloudReconcileOptions extends Pick<ReconcileParts, "environment" | "dryRun" | "tell"> {
  /** The checkout. */
  readonly directory: string;
  readonly branch: string;
  /** How long it waits for deployments, alarms and other updates. */
  readonly waitMinutes: number;
}

/** Between two looks at what is live. */
const pollMilliseconds = 10_000;

/** The parts, with this process's credentials. Throws ServiceUnknownError, and what AWS's clients throw. */
export async function cloudReconcileParts(options: CloudReconcileOptions): Promise<ReconcileParts> {
  const { branch, directory, dryRun, environment, tell, waitMinutes } = options;
  process.env.AWS_REGION ??= process.env.AWS_DEFAULT_REGION ?? regionOf(environment);
  const stack = stackUpdates(environment);
  const place = await openCloud({ environment, alarmPrefix: alarmPrefix(environment), stack, note: tell });
  const patience = { seconds: waitMinutes * 60, pollMilliseconds };
  return {
    environment,
    dryRun,
    tell,
    patience,
    place,
    look: async () => {
      const [live, parameters] = await Promise.all([place.live(), place.parameters.read()]);
      return { ...live, heldCode: heldCode(projectionFrom(environment, parameters)) };
    },
    repository: new StackRepository({ directory, branch }),
    prepare: () => snapshots(environment, directory),
    update: (layers) => cloudUp(environment, { layers, patienceSeconds: patience.seconds }, tell),
  };
}

/** In a process of its own: the checkout may just have been brought to other code than this one runs. */
async function snapshots(environment: EnvironmentName, directory: string): Promise<readonly string[]> {
  const command = ["setup.mjs", "preview", "--env", environment, "--write-snapshots"];
  await promisify(execFile)(process.execPath, command, { cwd: directory });
  return [snapshotDirectory];
}
