import type * as postgresql from "@pulumi/postgresql";
import * as pulumi from "@pulumi/pulumi";
import { componentType } from "../naming.ts";
import { Database } from "./database.ts";

export interface MasterDatabaseArgs {
  /** The connection to the cluster it lives on. */
  readonly connection: postgresql.Provider;
  /** Refuses deletion by Pulumi. Default true. */
  readonly protect?: boolean;
}

export const masterDatabaseName = "part_lens_master";

/** Users, memberships, yachts, tenants and signers. The auditor may ask where the yachts are, and no more. */
export class MasterDatabase extends pulumi.ComponentResource {
  readonly databaseName: pulumi.Output<string>;
  readonly ready: pulumi.Resource;

  constructor(name: string, args: MasterDatabaseArgs, options?: pulumi.ComponentResourceOptions) {
    super(componentType("database", "MasterDatabase"), name, {}, options);
    const database = new Database(
      name,
      {
        ...args,
        databaseName: masterDatabaseName,
        users: ["part_lens_migrator", "part_lens_api", "part_lens_auditor"],
      },
      { parent: this },
    );
    this.databaseName = database.databaseName;
    this.ready = database.ready;
    this.registerOutputs({ databaseName: this.databaseName });
  }
}
