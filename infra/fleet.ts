/** Where the yachts of an environment are: the configuration, brought together with the clusters there are. */
import type { ServiceConfig } from "./config.ts";
import { masterDatabaseName } from "./database/master-database.ts";
import type { Fleet } from "./database/migration.ts";
import { tenantDatabaseName } from "./database/tenant-database.ts";

/** A cluster, as the foundation layer's outputs describe it. */
export interface ClusterPlace {
  readonly host: string;
  readonly port: number;
  readonly resourceId: string;
  readonly maxConnections: number;
}

export type Clusters = Readonly<Record<string, ClusterPlace>>;

type Settings = Pick<ServiceConfig, "concurrency" | "masterCluster" | "poolMax" | "tenants" | "yachts">;

/** The clusters that hold MASTER or a tenant, each once. */
export function clusterNames(config: Settings): string[] {
  return [...new Set([config.masterCluster, ...config.tenants.map((tenant) => tenant.cluster)])];
}

/** The clusters that are used, once it is sure that they exist and take the connections. Throws with every problem. */
export function checkedClusters(config: Settings, clusters: Clusters): Clusters {
  const problems = [...missingClusters(config, clusters), ...connectionProblems(config, clusters)];
  if (problems.length === 0)
    return Object.fromEntries(clusterNames(config).map((name) => [name, clusters[name]!]));
  throw new Error(
    `the service and its clusters do not fit together:${problems.map((line) => `\n  ${line}`).join("")}`,
  );
}

/** All tenants with their addresses, and all yachts. */
export function fleetOf(config: Settings, clusters: Clusters): Fleet {
  return {
    tenants: config.tenants.map((tenant) => {
      const { host, port } = clusters[tenant.cluster]!;
      return { ...tenant, host, port, database: tenantDatabaseName(tenant.id) };
    }),
    yachts: config.yachts,
  };
}

function missingClusters(config: Settings, clusters: Clusters): string[] {
  const there = Object.keys(clusters).join(", ");
  const tenants = config.tenants
    .filter((tenant) => !clusters[tenant.cluster])
    .map(
      (tenant) => `part-lens:tenants: "${tenant.id}" is on cluster "${tenant.cluster}"; there are ${there}`,
    );
  if (clusters[config.masterCluster]) return tenants;
  return [
    `part-lens:masterCluster: there is no cluster "${config.masterCluster}"; there are ${there}`,
    ...tenants,
  ];
}

/** One environment of the function serves one request at a time and may touch every database of a cluster in turn. */
function connectionProblems(config: Settings, clusters: Clusters): string[] {
  return clusterNames(config).flatMap((name) => {
    const cluster = clusters[name];
    const databases = databasesOn(name, config);
    const needed = config.concurrency * config.poolMax * databases.length;
    if (!cluster || needed <= cluster.maxConnections) return [];
    return [
      `part-lens:concurrency: ${config.concurrency} at once, ${config.poolMax} connection(s) to each of ` +
        `${databases.length} databases on "${name}", are ${needed}; it takes ${cluster.maxConnections}`,
    ];
  });
}

function databasesOn(cluster: string, config: Settings): string[] {
  const tenants = config.tenants.filter((tenant) => tenant.cluster === cluster);
  const databases = tenants.map((tenant) => tenantDatabaseName(tenant.id));
  return cluster === config.masterCluster ? [masterDatabaseName, ...databases] : databases;
}
