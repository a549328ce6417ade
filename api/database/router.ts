import { LRUCache } from "lru-cache";
import type { Master, Route } from "./master.ts";

export interface RouterOptions {
  /** How long an answer is kept. So long a removed member still gets through, and a moved tenant is looked for. */
  readonly keepMilliseconds?: number;
  readonly now?: () => number;
}

/** Undefined: not a member, or no such yacht. */
export type Router = (userId: string, yachtId: string) => Promise<Route | undefined>;

/** A move waits so long before the tenant may write in its new place. */
export const routeKeptMilliseconds = 5_000;
const defaults = { keepMilliseconds: routeKeptMilliseconds, entries: 10_000 };

interface Kept {
  readonly until: number;
  readonly route: Promise<Route | undefined>;
}

/** Looks up membership and tenant, once for requests that come together; a failure is not kept. */
export function createRouter(master: Pick<Master, "route">, options: RouterOptions = {}): Router {
  const { keepMilliseconds = defaults.keepMilliseconds, now = Date.now } = options;
  const kept = new LRUCache<string, Kept>({ max: defaults.entries });
  return (userId, yachtId) => {
    const key = `${userId}/${yachtId}`;
    const known = kept.get(key);
    if (known && now() < known.until) return known.route;
    const route = master.route(userId, yachtId);
    kept.set(key, { until: now() + keepMilliseconds, route });
    route.catch(() => {
      if (kept.peek(key)?.route === route) kept.delete(key);
    });
    return route;
  };
}
