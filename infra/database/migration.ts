import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { componentType } from "../naming.ts";

/** A tenant and where its database is, as the migrator and the API know it. */
export interface FleetTenant {
  readonly id: string;
  readonly name: string;
  readonly cluster: string;
  readonly host: string;
  readonly port: number;
  readonly database: string;
  /** Where it is to be moved from, or was. */
  readonly movedFrom?: Pick<FleetTenant, "cluster" | "host" | "port" | "database">;
}

export interface FleetYacht {
  readonly id: string;
  readonly name: string;
  readonly tenant: string;
  readonly pilot?: boolean | undefined;
  readonly holdOut?: boolean | undefined;
}

/** All yachts of an environment and the databases that hold them. The configuration is their only authority. */
export interface Fleet {
  readonly tenants: readonly FleetTenant[];
  readonly yachts: readonly FleetYacht[];
}

/** The last table file of each kind of database. */
export interface KnownGood {
  readonly master: number;
  readonly tenant: number;
}

export interface MigrationArgs {
  /** The migrator, and its published version. */
  readonly functionName: pulumi.Input<string>;
  readonly version: pulumi.Input<string>;
  /** What MASTER is brought up to. */
  readonly fleet: pulumi.Input<Fleet>;
  /** Names the SQL: another hash runs the migrator again. */
  readonly hash: string;
  /** The table files that the last known-good code was built with: what it cannot live without is not taken away. */
  readonly knownGood: pulumi.Input<KnownGood | undefined>;
  /** The databases, ready with their roles and grants. */
  readonly databases: readonly pulumi.Resource[];
}

/** One run of the migrator over all databases; it runs again when the SQL, the migrator or the fleet changes. */
export class Migration extends pulumi.ComponentResource {
  /** Done, when this resource is. */
  readonly done: pulumi.Resource;

  constructor(name: string, args: MigrationArgs, options?: pulumi.ComponentResourceOptions) {
    super(componentType("database", "Migration"), name, {}, options);
    const inputs = {
      functionName: args.functionName,
      qualifier: args.version,
      input: pulumi.jsonStringify({ fleet: args.fleet, migrationHash: args.hash, knownGood: args.knownGood }),
    };
    this.done = new aws.lambda.Invocation(name, inputs, { parent: this, dependsOn: [...args.databases] });
    this.registerOutputs({ hash: args.hash });
  }
}
