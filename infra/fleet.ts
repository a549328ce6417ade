/** Where the yachts of an environment are: the configuration, brought together with the clusters there are. */
import type { ServiceConfig } from "./config.ts";
import { proxyConnectionsPercent } from "./database/engine.ts";
import { masterDatabaseName } from "./database/master-database.ts";
import type { Fleet } from "./database/migration.ts";
import { tenantDatabaseName } from "./database/tenant-database.ts";

/** A cluster, as the foundation layer's outputs describe it. */
export interface ClusterPlace {
  readonly host: string;
  readonly port: number;
  readonly resourceId: string;
  readonly maxConnections: number;
  /** In front of it: the API reaches the tenants' databases there. */
  readonly proxy?: { readonly host: string; readonly resourceId: string };
}

export type Clusters = Readonly<Record<string, ClusterPlace>>;

type Settings = Pick<ServiceConfig, "concurrency" | "masterCluster" | "poolMax" | "tenants" | "yachts">;

/** A database of a tenant. */
export interface Placement {
  readonly tenant: string;
  readonly cluster: string;
}

/** Where tenants have a database: on their cluster, and on the one that they are moved from. */
export function placements({ tenants }: Pick<ServiceConfig, "tenants">): Placement[] {
  return tenants.flatMap(({ id, cluster, movedFrom }) =>
    [cluster, movedFrom].flatMap((name) => (name === undefined ? [] : [{ tenant: id, cluster: name }])),
  );
}

/** The clusters that hold MASTER or a tenant, each once. */
export function clusterNames(config: Settings): string[] {
  return [...new Set([config.masterCluster, ...placements(config).map(({ cluster }) => cluster)])];
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
    tenants: config.tenants.map(({ movedFrom, ...tenant }) => {
      const on = (cluster: string) => {
        const { host, port } = clusters[cluster]!;
        return { cluster, host, port, database: tenantDatabaseName(tenant.id) };
      };
      return {
        ...tenant,
        ...on(tenant.cluster),
        ...(movedFrom !== undefined && { movedFrom: on(movedFrom) }),
      };
    }),
    yachts: config.yachts,
  };
}

function missingClusters(config: Settings, clusters: Clusters): string[] {
  const there = Object.keys(clusters).join(", ");
  const tenants = placements(config)
    .filter(({ cluster }) => !clusters[cluster])
    .map(
      ({ tenant, cluster }) =>
        `part-lens:tenants: "${tenant}" is on cluster "${cluster}"; there are ${there}`,
    );
  if (clusters[config.masterCluster]) return tenants;
  return [
    `part-lens:masterCluster: there is no cluster "${config.masterCluster}"; there are ${there}`,
    ...tenants,
  ];
}

/** The proxies of the clusters, by the address of the cluster: for the API, which alone goes through them. */
export function proxiesOf(clusters: Clusters): Record<string, string> {
  const proxied = Object.values(clusters).flatMap(({ host, proxy }) =>
    proxy ? [[host, proxy.host] as const] : [],
  );
  return Object.fromEntries(proxied);
}

/**
 * One environment of the function serves one request at a time and may touch every database of a cluster in turn,
 * holding a connection to each. Through a proxy it holds one only while a transaction runs, whichever tenant's it is.
 */
function connectionProblems(config: Settings, clusters: Clusters): string[] {
  return clusterNames(config).flatMap((name) => {
    const cluster = clusters[name];
    if (!cluster) return [];
    const each = config.concurrency * config.poolMax;
    const proxied = cluster.proxy ? each : 0;
    const direct = databasesOn(name, config).filter(
      (database) => !cluster.proxy || database === masterDatabaseName,
    );
    const needed = each * direct.length + proxied;
    const shared = Math.floor((cluster.maxConnections * proxyConnectionsPercent) / 100);
    if (needed <= cluster.maxConnections && proxied <= shared) return [];
    return [
      `part-lens:concurrency: ${config.concurrency} at once, ${config.poolMax} connection(s) to each of ` +
        `${direct.length} databases on "${name}"${cluster.proxy ? " and through its proxy" : ""}, are ${needed}; ` +
        `it takes ${cluster.maxConnections}${cluster.proxy ? `, the proxy ${shared} of them` : ""}`,
    ];
  });
}

function databasesOn(cluster: string, config: Settings): string[] {
  const tenants = placements(config).filter((placement) => placement.cluster === cluster);
  const databases = tenants.map(({ tenant }) => tenantDatabaseName(tenant));
  return cluster === config.masterCluster ? [masterDatabaseName, ...databases] : databases;
}
