import * as pulumi from "@pulumi/pulumi";
import type { Clusters } from "../fleet.ts";
import { componentType, type Place } from "../naming.ts";
import { databaseSignIn } from "./api-permissions.ts";
import { type MasterPlace, masterVariables } from "./api-variables.ts";
import type { Bundle } from "./bundle.ts";
import { type Placement, ServiceFunction } from "./service-function.ts";

export interface ChecksArgs {
  /** Where it is, for physical names and ARNs. */
  readonly place: Place;
  /** The code, with the SQL files beside it. */
  readonly bundle: Bundle;
  readonly master: MasterPlace;
  /** The clusters it signs in to. */
  readonly clusters: pulumi.Output<Clusters>;
  /** Where in the network it runs. */
  readonly placement: Placement;
  /** Days its log is kept. */
  readonly logDays: number;
  /** Its build's SQL is applied when these are done. */
  readonly after: readonly pulumi.Resource[];
}

/** A look into every tenant takes a second or two; a fleet of many tenants takes them one after the other. */
const timeoutSeconds = 60;

/** One look at a time for the judge, and one for whoever advances. */
const concurrency = 2;

/** The function that looks into the databases for those outside the network, and writes nothing. */
export class Checks extends pulumi.ComponentResource {
  readonly aliasArn: pulumi.Output<string>;

  constructor(name: string, args: ChecksArgs, options?: pulumi.ComponentResourceOptions) {
    super(componentType("api", "Checks"), name, {}, options);
    const { place, bundle, logDays, placement, after } = args;
    const statements = args.clusters.apply((clusters) => {
      const clusterResourceIds = Object.values(clusters).map((cluster) => cluster.resourceId);
      return [databaseSignIn(["part_lens_auditor"], { ...place, clusterResourceIds })];
    });
    const { environment } = place;
    const variables = { STACK_ENVIRONMENT: environment, ...masterVariables(args.master) };
    const limits = { logDays, timeoutSeconds, concurrency };
    const code = new ServiceFunction(
      name,
      { environment, bundle, variables, statements, placement, after, ...limits },
      { parent: this },
    );
    this.aliasArn = code.alias.arn;
    this.registerOutputs({ aliasArn: this.aliasArn });
  }
}
