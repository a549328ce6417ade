import { describe, expect, it } from "vitest";
import type { MigrateEvent } from "../../api/database/migrate-function.ts";
import { checkedClusters, clusterNames, fleetOf, proxiesOf } from "../../infra/fleet.ts";

const config = {
  masterCluster: "main",
  concurrency: 10,
  poolMax: 1,
  tenants: [
    { id: "north-owners", name: "North", cluster: "main" },
    { id: "charter", name: "Charter", cluster: "charter" },
  ],
  yachts: [{ id: "7c0f0e3e-9f7a-4a53-8f5c-0d3b8d1f2a10", name: "Kestrel", tenant: "charter" }],
};

const cluster = (host: string, maxConnections: number) => ({
  host,
  port: 5432,
  resourceId: host,
  maxConnections,
});

describe("the fleet and its clusters", () => {
  it("use each cluster once, MASTER's first", () => {
    expect(clusterNames(config)).toEqual(["main", "charter"]);
  });

  it("fit when every cluster takes the connections of the databases on it", () => {
    const clusters = { main: cluster("m", 20), charter: cluster("c", 10) };
    expect(checkedClusters(config, { ...clusters, idle: cluster("i", 1) })).toEqual(clusters);
  });

  it("have both databases of a tenant that moves: each takes its connections, and the fleet says where both are", () => {
    const [north, charter] = config.tenants as [object, object];
    const moving = {
      ...config,
      tenants: [north, { ...charter, cluster: "new", movedFrom: "charter" }],
    } as typeof config;
    expect(clusterNames(moving)).toEqual(["main", "new", "charter"]);
    const clusters = { main: cluster("m", 20), charter: cluster("c", 10), new: cluster("n", 10) };
    expect(checkedClusters(moving, clusters)).toEqual(clusters);
    expect(() => checkedClusters(moving, { ...clusters, charter: cluster("c", 9) })).toThrow(
      /1 databases on "charter"/,
    );
    expect(() => checkedClusters(moving, { main: clusters.main, new: clusters.new })).toThrow(
      '"charter" is on cluster "charter"; there are main, new',
    );
    const at = (host: string, name: string) => ({
      ...{ cluster: name, host, port: 5432 },
      database: "part_lens_tenant_charter",
    });
    expect(fleetOf(moving, clusters).tenants[1]).toEqual({
      ...{ id: "charter", name: "Charter", ...at("n", "new") },
      movedFrom: at("c", "charter"),
    });
  });

  it("do not fit when a cluster takes one connection less, and the message says how many are needed", () => {
    const clusters = { main: cluster("m", 19), charter: cluster("c", 10) };
    expect(() => checkedClusters(config, clusters)).toThrow(/2 databases on "main", are 20; it takes 19/);
  });

  it("fit through a proxy by what runs at once: MASTER's own connections and one transaction a request", () => {
    const proxy = { host: "p", resourceId: "prx-1" };
    const many = {
      ...config,
      tenants: ["a", "b", "c", "d"].map((id) => ({ id, name: id, cluster: "main" })),
    };
    // Ten at once: ten to MASTER, which is reached itself, and ten through the proxy, whichever of four tenants they are for.
    expect(checkedClusters(many, { main: { ...cluster("m", 20), proxy } })).toHaveProperty("main");
    expect(() => checkedClusters(many, { main: cluster("m", 49) })).toThrow(
      /5 databases on "main", are 50; it takes 49/,
    );
    expect(() => checkedClusters(many, { main: { ...cluster("m", 19), proxy } })).toThrow(
      /1 databases on "main" and through its proxy, are 20; it takes 19, the proxy 17 of them/,
    );
    const charter = {
      ...config,
      masterCluster: "main",
      tenants: many.tenants.map((one) => ({ ...one, cluster: "charter" })),
    };
    const main = cluster("m", 10);
    expect(checkedClusters(charter, { main, charter: { ...cluster("c", 12), proxy } })).toHaveProperty(
      "charter",
    );
    // The proxy takes 90 % of a cluster's connections, and no more.
    expect(() => checkedClusters(charter, { main, charter: { ...cluster("c", 11), proxy } })).toThrow(
      /the proxy 9 of them/,
    );
  });

  it("know the proxies by the address of the cluster they are in front of", () => {
    const proxy = { host: "p", resourceId: "prx-1" };
    expect(proxiesOf({ main: cluster("m", 20), charter: { ...cluster("c", 10), proxy } })).toEqual({
      c: "p",
    });
  });

  it("do not fit when clusters are missing: each is named with who needs it, in one message", () => {
    const check = () => checkedClusters({ ...config, masterCluster: "gone" }, { main: cluster("m", 100) });
    expect(check).toThrow(
      /there is no cluster "gone"[\s\S]*"charter" is on cluster "charter"; there are main/,
    );
  });

  it("give every tenant the address of its own cluster and a database named after it", () => {
    const clusters = { main: cluster("m", 20), charter: cluster("c", 10) };
    // What the migrator takes, or this does not compile.
    const fleet: MigrateEvent["fleet"] = fleetOf(config, clusters);
    expect(fleet).toEqual({
      tenants: [
        {
          id: "north-owners",
          name: "North",
          cluster: "main",
          host: "m",
          port: 5432,
          database: "part_lens_tenant_north_owners",
        },
        {
          id: "charter",
          name: "Charter",
          cluster: "charter",
          host: "c",
          port: 5432,
          database: "part_lens_tenant_charter",
        },
      ],
      yachts: config.yachts,
    });
  });
});
