import { expect, test } from "vitest";
import type { Master } from "../../../api/database/master.ts";
import { proxiedMaster } from "../../../api/database/proxied-master.ts";

const at = (host: string) => ({ tenant: "alpha", host, port: 5432, database: "d" });
const master = (host: string) =>
  ({
    route: async () => ({ role: "captain", ...at(host) }),
    tenants: async () => [at(host), at("other")],
  }) as never as Master;
const proxies = { cluster: "proxy" };

test("a tenant's database is reached through its cluster's proxy, by whoever asks where it is", async () => {
  const proxied = proxiedMaster(master("cluster"), proxies);
  expect(await proxied.route("u", "y")).toEqual({ role: "captain", ...at("proxy") });
  expect(await proxied.tenants()).toEqual([at("proxy"), at("other")]);
});

test("a cluster without a proxy is reached itself", async () => {
  expect(await proxiedMaster(master("cluster"), {}).route("u", "y")).toMatchObject({ host: "cluster" });
});

test("who is no member stays none", async () => {
  const nobody = { ...master("cluster"), route: async () => undefined };
  expect(await proxiedMaster(nobody, proxies).route("u", "y")).toBeUndefined();
});
