import type * as postgresql from "@pulumi/postgresql";
import * as pulumi from "@pulumi/pulumi";
import { componentType } from "../naming.ts";
import { Database } from "./database.ts";
import { statementsExtension } from "./engine.ts";

export interface TenantDatabaseArgs {
  /** The connection to the cluster the tenant lives on. */
  readonly connection: postgresql.Provider;
  /** The tenant's id; its database is named after it. */
  readonly tenant: string;
  /** Refuses deletion by Pulumi. Default true. */
  readonly protect?: boolean;
}

/** One owner's database: the rows of all yachts of a tenant. */
export class TenantDatabase extends pulumi.ComponentResource {
  readonly databaseName: pulumi.Output<string>;
  readonly ready: pulumi.Resource;

  constructor(name: string, args: TenantDatabaseArgs, options?: pulumi.ComponentResourceOptions) {
    super(componentType("database", "TenantDatabase"), name, {}, options);
    const database = new Database(
      name,
      {
        connection: args.connection,
        databaseName: tenantDatabaseName(args.tenant),
        users: ["part_lens_migrator", "part_lens_api", "part_lens_auditor"],
        // For the review of what takes the database's time: monitoring/trends/slow-calls.ts.
        extensions: [statementsExtension],
        protect: args.protect ?? true,
      },
      { parent: this },
    );
    this.databaseName = database.databaseName;
    this.ready = database.ready;
    this.registerOutputs({ databaseName: this.databaseName });
  }
}

/** The name of a tenant's database in PostgreSQL: its id with underscores. */
export function tenantDatabaseName(tenant: string): string {
  return `part_lens_tenant_${tenant.replaceAll("-", "_")}`;
}
