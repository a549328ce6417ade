import pLimit from "p-limit";
import { connectedAs, mustSeeAll, TenantsFailedError, type YachtTarget, yachtsOf } from "./job-databases.ts";
import { type JobsEnv, type StoragePlace, storagePlace } from "./jobs-env.ts";
import { type SessionOf, yachtSessions } from "./storage-adapters.ts";
import { type BucketObject, type ObjectRow, type Orphan, orphansOf } from "./storage-orphans.ts";

export interface YachtOrphans {
  readonly tenant: string;
  readonly yachtId: string;
  readonly objects: number;
  readonly rows: number;
  readonly orphans: readonly Orphan[];
}

const rowsQuery = `select bucket, key, state,
    extract(epoch from created_at) * 1000 as "createdAt",
    extract(epoch from confirmed_at) * 1000 as "confirmedAt",
    extract(epoch from swept_at) * 1000 as "sweptAt"
  from part_lens.storage_objects where yacht_id = $1`;

const numberOrNull = (value: unknown) => (value === null ? null : Number(value));
/** Yachts at the same time: a job must not take connections that requests need. */
const atOnce = 2;

/**
 * Looks at the objects of every yacht that MASTER knows, with a session of her own, and at her rows as the auditor.
 * Objects of a yacht that MASTER does not know are not seen: no session reaches them.
 * Throws when the variables name no buckets, and TenantsFailedError with every yacht that could not be looked at.
 */
export async function searchOrphans(env: JobsEnv, print: (line: string) => void): Promise<YachtOrphans[]> {
  const place = storagePlace(env);
  const sessionOf = yachtSessions(place);
  const limit = pLimit(atOnce);
  const yachts = await yachtsOf(env.master);
  const search = async (yacht: YachtTarget) => {
    const found = await searchYacht(yacht, place, sessionOf);
    for (const orphan of found.orphans)
      print(
        JSON.stringify({
          alert: `${found.tenant}: ${orphan.kind} ${orphan.bucket}/${orphan.key}`,
          severity: "warning",
        }),
      );
    return found;
  };
  const runs = await Promise.allSettled(yachts.map((yacht) => limit(() => search(yacht))));
  const failures = runs.flatMap((run, index) =>
    run.status === "rejected"
      ? [new Error(`${yachts[index]?.yacht_id}: ${run.reason?.message}`, { cause: run.reason })]
      : [],
  );
  if (failures.length > 0)
    throw new TenantsFailedError(failures, failures.map(({ message }) => message).join("; "));
  return runs.flatMap((run) => (run.status === "fulfilled" ? [run.value] : []));
}

async function searchYacht(
  { yacht_id: yachtId, ...target }: YachtTarget,
  { buckets }: StoragePlace,
  sessionOf: SessionOf,
): Promise<YachtOrphans> {
  const session = await sessionOf(yachtId);
  const objects: BucketObject[] = [];
  let listedAt = 0;
  const rows = await connectedAs("part_lens_auditor", target, async (client) => {
    await mustSeeAll(client, ["storage_objects"]);
    // The database's own time, before the listing: rows are stamped with it.
    const { rows: now } = await client.query("select extract(epoch from clock_timestamp()) * 1000 as now");
    listedAt = Number(now[0].now);
    for (const [bucket, name] of Object.entries(buckets))
      for (const { key } of await session.list(name, `${yachtId}/`)) objects.push({ bucket, key });
    return (await client.query(rowsQuery, [yachtId])).rows;
  });
  const known: ObjectRow[] = rows.map((row) => ({
    ...row,
    createdAt: Number(row.createdAt),
    confirmedAt: numberOrNull(row.confirmedAt),
    sweptAt: numberOrNull(row.sweptAt),
  }));
  const { tenant } = target;
  return {
    tenant,
    yachtId,
    objects: objects.length,
    rows: known.length,
    orphans: orphansOf(objects, known, listedAt),
  };
}
