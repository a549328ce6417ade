import * as pulumi from "@pulumi/pulumi";
import type { MasterPlace } from "../api/api-variables.ts";
import type { ServiceConfig } from "../config.ts";
import { type Clusters, clusterNames, placements } from "../fleet.ts";
import { componentType } from "../naming.ts";
import { MasterDatabase } from "./master-database.ts";
import { Roles } from "./roles.ts";
import { TenantDatabase } from "./tenant-database.ts";

export interface DatabasesArgs {
  /** The tenants, the clusters they are on, and what their connections may do. */
  readonly config: ServiceConfig;
  /** The clusters, checked to be there. */
  readonly clusters: pulumi.Output<Clusters>;
}

/** Everything inside the clusters that Pulumi makes: roles on each, MASTER, and a database a tenant. */
export class Databases extends pulumi.ComponentResource {
  /** The address of MASTER. */
  readonly master: MasterPlace;
  /** The last thing made in each database. */
  readonly ready: readonly pulumi.Resource[];

  constructor(name: string, args: DatabasesArgs, options?: pulumi.ComponentResourceOptions) {
    super(componentType("database", "Databases"), name, {}, options);
    const { clusters, config } = args;
    const roles = new Map(clusterNames(config).map((cluster) => [cluster, this.#roles(cluster, args)]));
    const place = (cluster: string) => {
      const on = roles.get(cluster)!;
      return { connection: on.connection, protect: config.protectData, roles: on };
    };
    const { roles: masterRoles, ...masterPlace } = place(config.masterCluster);
    const master = new MasterDatabase("master", masterPlace, { parent: this, dependsOn: [masterRoles] });
    const tenants = placements(config).map(({ tenant, cluster }) => {
      const { roles: tenantRoles, ...tenantPlace } = place(cluster);
      const how = { parent: this, dependsOn: [tenantRoles], aliases: nameBefore(config, tenant, cluster) };
      return new TenantDatabase(`tenant-${tenant}.${cluster}`, { ...tenantPlace, tenant }, how);
    });
    const { host, port } = clusters.apply((all) => all[config.masterCluster]!);
    this.master = { host, port, database: master.databaseName };
    this.ready = [master.ready, ...tenants.map((tenant) => tenant.ready)];
    this.registerOutputs({ master: this.master });
  }

  #roles(cluster: string, { config, clusters }: DatabasesArgs): Roles {
    const place = clusters.apply((all) => all[cluster]!);
    const inputs = {
      host: place.host,
      port: place.port,
      region: config.region,
      statementTimeout: config.deadlineMilliseconds,
    };
    return new Roles(cluster, inputs, { parent: this });
  }
}

/**
 * A name says the cluster, so that a move makes a database beside the old one and replaces none. Before it did not:
 * that name was the one of the database which the tenant's rows are in.
 */
function nameBefore({ tenants }: ServiceConfig, tenant: string, cluster: string): pulumi.Alias[] {
  const { movedFrom } = tenants.find(({ id }) => id === tenant) ?? {};
  return movedFrom === undefined || movedFrom === cluster ? [{ name: `tenant-${tenant}` }] : [];
}
