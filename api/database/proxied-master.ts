import type { DatabaseTarget } from "./connection.ts";
import type { Master } from "./master.ts";

/** The address of a cluster to that of the proxy in front of it; a cluster without one is not in it. */
export type Proxies = Readonly<Record<string, string>>;

/**
 * MASTER, with the tenants' databases behind their clusters' proxies. MASTER itself knows the clusters only: whoever
 * changes a database (the migrator) or looks into it (the jobs) goes to the cluster.
 */
export function proxiedMaster(master: Master, proxies: Proxies): Master {
  const through = <Target extends DatabaseTarget>(target: Target): Target => {
    const host = proxies[target.host];
    return host === undefined ? target : { ...target, host };
  };
  return {
    ...master,
    route: async (userId, yachtId) => {
      const route = await master.route(userId, yachtId);
      return route && through(route);
    },
    tenants: async () => (await master.tenants()).map(through),
  };
}
