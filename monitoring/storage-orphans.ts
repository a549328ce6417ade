/** Compares a yacht's objects with her rows, in both directions. Source: domain.md, "Storage". */

export type ObjectState = "registered" | "confirmed" | "rejected" | "deleted";

/** A row, as far as it tells of an object. Times in milliseconds since the epoch. */
export interface ObjectRow {
  readonly bucket: string;
  readonly key: string;
  readonly state: ObjectState;
  readonly createdAt: number;
  readonly confirmedAt: number | null;
  readonly sweptAt: number | null;
}

export interface BucketObject {
  readonly bucket: string;
  readonly key: string;
}

/**
 * - `rowWithoutObject`: somebody can be given a URL that finds nothing.
 * - `objectWithoutRow`: no row tells whose it is, and nothing will ever remove it; also one that came back after the
 *   sweep had removed it.
 * - `unswept`: nobody confirmed it for so long that the sweep should have been there.
 */
export type OrphanKind = "rowWithoutObject" | "objectWithoutRow" | "unswept";

export interface Orphan extends BucketObject {
  readonly kind: OrphanKind;
}

/** The sweep runs once a day and takes what is older than an hour: two days are late. */
const sweepMilliseconds = 2 * 86_400_000;

/**
 * `listedAt`: when the listing of the objects began, before the rows were read. What has changed since then is left
 * out: it is no orphan, it is at work.
 */
export function orphansOf(
  objects: readonly BucketObject[],
  rows: readonly ObjectRow[],
  listedAt: number,
): Orphan[] {
  const idOf = ({ bucket, key }: BucketObject) => `${bucket}/${key}`;
  const there = new Set(objects.map(idOf));
  const known = new Map(rows.map((row) => [idOf(row), row]));
  const place = ({ bucket, key }: BucketObject) => ({ bucket, key });
  const found: Orphan[] = [];
  for (const object of objects) {
    const row = known.get(idOf(object));
    const gone = row?.sweptAt != null && row.sweptAt < listedAt;
    if (!row || gone) found.push({ kind: "objectWithoutRow", ...place(object) });
  }
  for (const row of rows) {
    const confirmed = row.state === "confirmed" && row.confirmedAt !== null && row.confirmedAt < listedAt;
    if (confirmed && !there.has(idOf(row))) found.push({ kind: "rowWithoutObject", ...place(row) });
    const open = row.state !== "confirmed" && row.sweptAt === null;
    if (open && row.createdAt < listedAt - sweepMilliseconds) found.push({ kind: "unswept", ...place(row) });
  }
  return found.sort((a, b) => (idOf(a) < idOf(b) ? -1 : 1));
}
