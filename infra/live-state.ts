/** What the program knows of the rollout that runs: the projection that judge and rollback leave in SSM. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { StageName } from "../flags/plan.ts";
import {
  mayDeploy,
  type Projection,
  parameterPath,
  plannedCohort,
  projectionFrom,
} from "../monitoring/rollout/projection.ts";
import type { Fleet, KnownGood } from "./database/migration.ts";

/** The stage of the configuration may not be deployed: the rollout is locked, or nobody advanced it there. */
export class StageRefused extends pulumi.RunError {
  override readonly name = "StageRefused";
}

/** Reads the projection. Without any parameter (the first update) nothing was ever raised. */
export function liveState(environment: string, provider: aws.Provider): pulumi.Output<Projection> {
  const path = parameterPath(environment);
  const found = aws.ssm.getParametersByPathOutput({ path, recursive: true }, { provider });
  return found.apply(({ names, values }) => {
    const parameters = Object.fromEntries(names.map((name, index) => [name, values[index]!]));
    return projectionFrom(environment, parameters);
  });
}

/** Whether the second way down was taken: then the HTTP API is at v1, and no update may point it back. */
export function pinHolds(live: pulumi.Output<Projection>): pulumi.Output<boolean> {
  return pulumi.unsecret(live.apply(({ pin }) => pin?.pinned === true));
}

/** The table files that the last known-good code was built with; undefined where no code is known to be good. */
export function knownGoodTables(live: pulumi.Output<Projection>): pulumi.Output<KnownGood | undefined> {
  const tables = live.apply(({ code }) => {
    const good = code?.stamps.find(({ version }) => version === code.lastKnownGood);
    return good?.tables;
  });
  return pulumi.unsecret(tables);
}

/** The yachts on v2 at that stage. Fails the update with StageRefused when the stage may not be deployed. */
export function allowedCohort(
  stage: StageName,
  fleet: pulumi.Output<Fleet>,
  live: pulumi.Output<Projection>,
): pulumi.Output<string[]> {
  const cohort = pulumi.all([fleet, live]).apply(([{ yachts }, projection]) => {
    const refusal = mayDeploy(stage, projection);
    if (refusal) throw new StageRefused(refusal);
    return plannedCohort(stage, yachts, projection);
  });
  // SSM's values come back as secrets; these are none, and a reviewer must see which yachts a stage exposes.
  return pulumi.unsecret(cohort);
}
