import { createHash } from "node:crypto";
import { maxConnections } from "../../database/engine.ts";
import type { Properties, Realised, Realiser, Wanted } from "../realiser.ts";
import { text } from "../services/postgres-admin.ts";
import type { PostgresClusters } from "../services/postgres-clusters.ts";
import { type PostgresServer, postgresMajor } from "../services/postgres-server.ts";

/** More than one machine needs; each costs some shared memory. */
const mostConnections = 400;

const account = "000000000000";

function capacity(inputs: Properties): { minCapacity: number; maxCapacity: number } {
  const scaling = (inputs.serverlessv2ScalingConfiguration ?? {}) as Properties;
  return { minCapacity: Number(scaling.minCapacity ?? 0.5), maxCapacity: Number(scaling.maxCapacity ?? 1) };
}

function connectionsOf(inputs: Properties): number {
  const { minCapacity, maxCapacity } = capacity(inputs);
  return Math.min(mostConnections, maxConnections(minCapacity, maxCapacity));
}

function checkMajor(inputs: Properties): void {
  const wanted = Number.parseInt(String(inputs.engineVersion ?? postgresMajor), 10);
  if (wanted === postgresMajor) return;
  throw new Error(`engineVersion ${inputs.engineVersion}: this machine has PostgreSQL ${postgresMajor} only`);
}

/** Identifies the cluster as AWS does: stable, and not its name. */
function resourceId(identifier: string): string {
  return `cluster-${createHash("sha256").update(identifier).digest("hex").slice(0, 26).toUpperCase()}`;
}

function outputs(inputs: Properties, identifier: string, server: PostgresServer, region: string): Properties {
  return {
    ...inputs,
    id: identifier,
    arn: `arn:aws:rds:${region}:${account}:cluster:${identifier}`,
    clusterIdentifier: identifier,
    clusterResourceId: resourceId(identifier),
    endpoint: server.host,
    readerEndpoint: server.host,
    port: server.port,
    masterUsername: inputs.masterUsername,
    masterUserSecrets: [],
    databaseName: inputs.databaseName ?? "",
    engineVersionActual: `${postgresMajor}`,
    storageEncrypted: inputs.storageEncrypted ?? false,
  };
}

/** A database cluster is one PostgreSQL server on 127.0.0.1. */
export function rdsCluster(clusters: PostgresClusters, region: string): Realiser {
  const make = async ({ inputs }: Wanted) => {
    checkMajor(inputs);
    const identifier = text(inputs, "clusterIdentifier");
    const server = await clusters.start(identifier, connectionsOf(inputs));
    return outputs(inputs, identifier, server, region);
  };
  return {
    types: ["aws:rds/cluster:Cluster"],
    replaceOn: ["clusterIdentifier", "databaseName", "engine", "masterUsername"],
    timeoutSeconds: 300,
    create: make,
    update: make,
    delete: async ({ outputs: { id } }: Realised) => clusters.remove(String(id)),
  };
}
