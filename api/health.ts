import type { ApiContext } from "./context.ts";
import type { TenantTarget } from "./database/master.ts";
import type { Scope } from "./database/scope.ts";
import type { Dependencies } from "./dependencies.ts";
import { isPinned } from "./pinned.ts";

/** No yacht and no user has it: under its scope no row is visible, and every table is still read. */
const nobody = "00000000-0000-0000-0000-000000000000";

/** Liveness: the process answers. */
export function alive(c: ApiContext) {
  return c.json({ status: "ok" });
}

/**
 * Whether v1 serves: reads MASTER and every tenant through v1's own function. Callers that come at the same time
 * share one look, so that a public route cannot be used to load the databases. Throws what a dependency throws.
 */
export function v1Health({ lens, ...databases }: Pick<Dependencies, "lens" | "master" | "pools">) {
  let looking: Promise<number> | undefined;
  return async (c: ApiContext) => {
    looking ??= look(databases, c.get("requestId")).finally(() => {
      looking = undefined;
    });
    const tenants = await looking;
    const { percent, cap } = await lens.exposure();
    c.header("x-part-lens-version", "v1");
    return c.json({ status: "ok", version: "v1", tenants, percent, cap, pinned: isPinned(c) });
  };
}

type Databases = Pick<Dependencies, "master" | "pools">;

/** How many tenants were read. */
async function look({ master, pools }: Databases, requestId: string): Promise<number> {
  const readsV1 = (tenant: TenantTarget) => pools.call(tenant, "v1_low_stock", scopeOf(requestId), {});
  return (await Promise.all((await master.tenants()).map(readsV1))).length;
}

function scopeOf(requestId: string): Scope {
  return { user_id: nobody, yacht_id: nobody, role: "none", version: "v1", request_id: requestId };
}
