export type DeploymentState = "DEPLOYING" | "BAKING" | "COMPLETE" | "ROLLED_BACK" | "REVERTED";

export interface Deployment {
  readonly applicationId: string;
  readonly environmentId: string;
  readonly profileId: string;
  readonly strategyId: string;
  readonly number: number;
  readonly version: number;
  readonly description?: string | undefined;
  readonly state: DeploymentState;
  /** Milliseconds since the epoch, on the service's clock. */
  readonly startedAt: number;
  readonly completedAt?: number;
  readonly events: readonly { readonly at: number; readonly description: string }[];
}

/** A document as the functions read it; version and content are undefined after the first one was rolled back. */
export interface DocumentChange {
  readonly applicationId: string;
  readonly environmentId: string;
  readonly profileId: string;
  readonly version: number | undefined;
  readonly content: string | undefined;
  readonly at: number;
}

export interface LiveDocument {
  readonly version: number;
  readonly content: string;
  /** When the functions could read it. */
  readonly at: number;
}

export interface StartDeployment {
  readonly applicationId: string;
  readonly environmentId: string;
  readonly profileId: string;
  readonly version: number;
  readonly strategyId: string;
  readonly description?: string | undefined;
}

/** Still under way: no other deployment may start in its environment, and its monitors are watched. */
export function isRunning(deployment: Deployment): boolean {
  return deployment.state === "DEPLOYING" || deployment.state === "BAKING";
}

/** Where its document lies: application, environment, profile. */
export function documentPath(
  place: Pick<Deployment, "applicationId" | "environmentId" | "profileId">,
): readonly [string, string, string] {
  return [place.applicationId, place.environmentId, place.profileId];
}
