import * as pulumi from "@pulumi/pulumi";
import { databaseSignIn } from "../api/api-permissions.ts";
import { type MasterPlace, masterVariables } from "../api/api-variables.ts";
import type { Bundle } from "../api/bundle.ts";
import { type Placement, ServiceFunction } from "../api/service-function.ts";
import type { Clusters } from "../fleet.ts";
import { componentType, type Place } from "../naming.ts";
import { type Fleet, type KnownGood, Migration } from "./migration.ts";

export interface MigratorArgs {
  /** Where it is, for physical names and ARNs. */
  readonly place: Place;
  /** The code, with the SQL files beside it. */
  readonly bundle: Bundle;
  /** Names the SQL files. */
  readonly migrationHash: string;
  readonly master: MasterPlace;
  /** What MASTER is brought up to. */
  readonly fleet: pulumi.Output<Fleet>;
  /** The table files that the last known-good code was built with. */
  readonly knownGood: pulumi.Output<KnownGood | undefined>;
  /** The clusters it signs in to. */
  readonly clusters: pulumi.Output<Clusters>;
  /** The databases, ready with their roles and grants. */
  readonly databases: readonly pulumi.Resource[];
  /** Where in the network it runs. */
  readonly placement: Placement;
  /** Days its log is kept. */
  readonly logDays: number;
}

/** Lambda's most: a fleet of many tenants takes its time, and a run that ends early is run again. */
const timeoutSeconds = 900;

/** The function that applies the SQL files, and its run over MASTER and all tenants. */
export class Migrator extends pulumi.ComponentResource {
  /** Done, when this resource is. */
  readonly done: pulumi.Resource;

  constructor(name: string, args: MigratorArgs, options?: pulumi.ComponentResourceOptions) {
    super(componentType("database", "Migrator"), name, {}, options);
    const { place, bundle, logDays, placement } = args;
    const statements = args.clusters.apply((clusters) => {
      const clusterResourceIds = Object.values(clusters).map((cluster) => cluster.resourceId);
      return [databaseSignIn(["part_lens_migrator"], { ...place, clusterResourceIds })];
    });
    const code = new ServiceFunction(
      name,
      {
        environment: place.environment,
        bundle,
        variables: masterVariables(args.master),
        statements,
        logDays,
        timeoutSeconds,
        placement,
      },
      { parent: this },
    );
    const run = {
      functionName: code.functionName,
      version: code.version,
      fleet: args.fleet,
      hash: args.migrationHash,
      knownGood: args.knownGood,
    };
    this.done = new Migration(name, { ...run, databases: args.databases }, { parent: this }).done;
    this.registerOutputs({});
  }
}
