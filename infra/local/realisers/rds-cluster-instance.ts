import type { Realiser, Wanted } from "../realiser.ts";
import { text } from "../services/postgres-admin.ts";
import type { PostgresClusters } from "../services/postgres-clusters.ts";

/** An instance of a cluster: they all are the cluster's one server. */
export function rdsClusterInstance(clusters: PostgresClusters, region: string): Realiser {
  const make = async ({ name, inputs }: Wanted) => {
    const cluster = text(inputs, "clusterIdentifier");
    const server = clusters.get(cluster);
    if (!server) throw new Error(`cluster ${cluster} is not running`);
    const identifier = typeof inputs.identifier === "string" ? inputs.identifier : name;
    return {
      ...inputs,
      id: identifier,
      arn: `arn:aws:rds:${region}:000000000000:db:${identifier}`,
      identifier,
      dbiResourceId: `db-${identifier}`,
      endpoint: server.host,
      port: server.port,
    };
  };
  return {
    types: ["aws:rds/clusterInstance:ClusterInstance"],
    replaceOn: ["clusterIdentifier", "identifier", "engine"],
    create: make,
    update: make,
  };
}
