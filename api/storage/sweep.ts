import { randomUUID } from "node:crypto";
import type { DatabaseTarget } from "../database/connection.ts";
import type { Pools } from "../database/pools.ts";
import { type Scope, scopeOf } from "../database/scope.ts";
import type { ObjectStore } from "./object-store.ts";
import type { StoredObject } from "./stored-object.ts";

export interface SweptYacht {
  readonly yachtId: string;
  /** Objects whose bytes are gone for good. */
  readonly removed: number;
  /** Objects whose bytes could not be removed; the next sweep tries again. */
  readonly failed: number;
}

/** An upload URL works for a quarter of an hour: after an hour nothing can come any more. */
const olderThanSeconds = 3600;
const atOnce = 100;
/** Who sweeps, in the audit log: no user has it. */
const nobody = "00000000-0000-0000-0000-000000000000";

/**
 * Removes what nobody confirmed within an hour, and what was uploaded again after a rejection or deletion. Under the
 * same two guards as a request: the yacht's rows by the row policy, its objects by its session. Safe to run at any
 * time, and twice at once. Throws as the pools do.
 */
export function createSweep(pools: Pick<Pools, "call">, store: ObjectStore) {
  return async (target: DatabaseTarget, yachtId: string): Promise<SweptYacht> => {
    const scope = sweepScope(yachtId);
    const stale = { older_than_seconds: olderThanSeconds, limit: atOnce };
    let removed = 0;
    for (;;) {
      const taken = (await pools.call(target, "v2_take_stale_objects", scope, stale)) as Taken;
      const swept = await Promise.all(taken.objects.map(sweepOne));
      const done = swept.filter(Boolean).length;
      removed += done;
      const failed = taken.objects.length - done;
      if (taken.objects.length < atOnce || failed > 0) return { yachtId, removed, failed };
    }

    async function sweepOne(object: StoredObject): Promise<boolean> {
      try {
        await store.remove(yachtId, object);
        await pools.call(target, "v2_mark_swept", scope, { object_id: object.object_id });
        return true;
      } catch {
        return false;
      }
    }
  };
}

interface Taken {
  readonly objects: readonly StoredObject[];
}

function sweepScope(yachtId: string): Scope {
  return scopeOf({
    userId: nobody,
    yachtId,
    role: "system",
    version: "v2",
    requestId: `sweep-${randomUUID()}`,
  });
}
