import { type CloudOptions, openCloud } from "../../monitoring/rollout/aws/cloud-adapter.ts";
import type { StackUpdates } from "../../monitoring/rollout/aws/cloud-place.ts";
import {
  type ControlRequest,
  type ControlResult,
  controlRequest,
} from "../../monitoring/rollout/control/control-request.ts";
import { RolloutControl } from "../../monitoring/rollout/control/rollout-control.ts";
import { alarmPrefix, type EnvironmentName } from "../naming.ts";
import { readStackConfig } from "../preview/stack-config.ts";
import { stackUpdates } from "./cloud-stack.ts";
import { findPulumi, PulumiMissing } from "./pulumi-cli.ts";

/** No credentials of AWS, or of no use; the message says what to do. */
export class CloudOutOfReach extends Error {
  override readonly name = "CloudOutOfReach";
}

/** Asks whoever has the control of a rollout. `tell` hears how the work goes. */
export type Ask = (
  request: ControlRequest,
  tell?: (progress: string) => void,
  signal?: AbortSignal,
) => Promise<ControlResult>;

export interface CloudControlOptions {
  readonly environment: EnvironmentName;
  /** What happens without a verb having asked for it. */
  readonly note: (text: string) => void;
  /** Default: Pulumi's CLI. */
  readonly stack?: StackUpdates;
  /** Default: the machine's. */
  readonly now?: () => number;
  readonly patience?: CloudOptions["patience"];
}

/** What raises: it needs a stack update, and is refused before it has recorded anything where none can be done. */
const raising: ReadonlySet<string> = new Set(["advance", "watch", "lease"]);
const credentialErrors =
  /^(Credentials|TokenProvider|ExpiredToken|UnrecognizedClient|InvalidClientToken|AccessDenied)/;

/**
 * The control of an environment in AWS, carried out in this process with its credentials. Throws PulumiMissing for what
 * raises without a CLI, CloudOutOfReach without credentials, and what AWS's clients throw.
 */
export function cloudControl(options: CloudControlOptions): Ask {
  const { environment } = options;
  let opened: Promise<RolloutControl> | undefined;
  const open = async () => {
    process.env.AWS_REGION ??= process.env.AWS_DEFAULT_REGION ?? regionOf(environment);
    const stack = options.stack ?? stackUpdates(environment);
    const place = await openCloud({ ...options, alarmPrefix: alarmPrefix(environment), stack });
    return new RolloutControl(place);
  };
  return async (request, tell = () => undefined) => {
    if (raising.has(request.verb) && !options.stack && !findPulumi()) throw new PulumiMissing(environment);
    if (request.bakeMinutes !== undefined)
      throw new RangeError("--bake-minutes is for a local trial: in AWS the plan's bakes count");
    try {
      opened ??= open();
      return await (await opened).perform(controlRequest.parse(request), tell);
    } catch (error) {
      throw outOfReach(environment, error) ?? error;
    }
  };
}

/** The error to show instead of one about credentials; undefined for any other error. */
export function outOfReach(environment: EnvironmentName, error: unknown): CloudOutOfReach | undefined {
  if (!(error instanceof Error) || !credentialErrors.test(error.name)) return undefined;
  return new CloudOutOfReach(
    `${environment} could not be reached: ${error.name}: ${error.message}. Take on a role of the account in ` +
      `infra/stacks/Pulumi.${environment}-service.yaml that may read and write the rollout (docs/runbook.md)`,
    { cause: error },
  );
}

/** The region of the environment's stack file. Throws when it names none. */
export function regionOf(environment: EnvironmentName): string {
  const region = readStackConfig(`${environment}-service`)["aws:region"];
  if (!region) throw new Error(`infra/stacks/Pulumi.${environment}-service.yaml names no aws:region`);
  return region;
}
