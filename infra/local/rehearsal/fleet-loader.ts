/** Brings the generated fleet into the databases, through the same SQL functions that an import and an enrolment use. */
import type { ClientBase } from "pg";
import { partRow } from "../../../api/import/part-row.ts";
import type { TrafficPart } from "./api-request.ts";
import type { Fleet, FleetPart, FleetSigner, FleetUser } from "./fleet.ts";
import { seededUuid } from "./seeded.ts";

/** What MASTER keeps of a signer: never the PIN or the secret itself. */
export interface Enrolment {
  readonly pin_hash: string;
  readonly totp_sealed: string;
}

export interface FleetDatabases {
  /** Connected to MASTER as the migrator. */
  readonly master: ClientBase;
  /** Connected to each tenant's database as the migrator, by tenant id. */
  readonly tenants: ReadonlyMap<string, ClientBase>;
}

export interface LoadFleetOptions extends FleetDatabases {
  readonly fleet: Fleet;
  /** Hashes the PIN and seals the secret, as the API will verify them. */
  readonly enrol: (signer: FleetSigner) => Promise<Enrolment>;
}

/**
 * Writes members, signers, parts and their opening stock (ledger and cache from the start equal), and reads the
 * parts back with the ids the databases gave them. The yachts themselves must be in MASTER already.
 */
export async function loadFleet({ fleet, master, tenants, enrol }: LoadFleetOptions): Promise<TrafficPart[]> {
  await master.query("select part_lens.add_members($1)", [JSON.stringify(fleet.users.map(memberOf))]);
  const signers = await Promise.all(
    fleet.signers.map(async (signer) => ({ signer, ...(await enrol(signer)) })),
  );
  for (const { signer, pin_hash, totp_sealed } of signers) {
    await master.query("select part_lens.enrol_signer($1, $2, $3)", [signer.userId, pin_hash, totp_sealed]);
  }
  const byYacht = Map.groupBy(fleet.parts, ({ yachtId }) => yachtId);
  const loads = [...tenants].map(async ([tenant, client]) => {
    const loaded: TrafficPart[] = [];
    for (const { id } of fleet.yachts.filter((yacht) => yacht.tenant === tenant)) {
      const parts = byYacht.get(id);
      if (!parts) continue;
      await importParts(client, id, parts, fleet.users);
      loaded.push(...(await partsInDatabase(client, id)));
    }
    return loaded;
  });
  return (await Promise.all(loads)).flat();
}

/** The yacht's parts as they lie in its tenant's database, in the order of their old PMS ids. */
export async function partsInDatabase(client: ClientBase, yachtId: string): Promise<TrafficPart[]> {
  const { rows } = await client.query<{ id: string; unit: string; department: string | null; stock: number }>(
    `select part.id, part.unit, part.department, coalesce(sum(ledger.quantity_change), 0)::float8 as stock
       from part_lens.pms_parts part
       left join part_lens.pms_inventory_transactions ledger
         on ledger.yacht_id = part.yacht_id and ledger.part_id = part.id
       where part.yacht_id = $1
       group by part.id
       order by part.external_id`,
    [yachtId],
  );
  return rows.map(({ id, ...rest }) => ({ partId: id, yachtId, ...rest }));
}

async function importParts(
  client: ClientBase,
  yachtId: string,
  parts: readonly FleetPart[],
  users: readonly FleetUser[],
): Promise<void> {
  const manager = users.find((user) => user.yachtId === yachtId && user.role === "manager");
  const userId = manager?.userId ?? seededUuid(yachtId, "no manager");
  const scope = { user_id: userId, yacht_id: yachtId, role: "manager", version: "import" };
  const payload = { parts: parts.map((part) => partRow(part, part.stock)) };
  await client.query("select part_lens.import_parts($1, $2)", [
    JSON.stringify(scope),
    JSON.stringify(payload),
  ]);
}

function memberOf({ userId, yachtId, role }: FleetUser): Record<string, string> {
  return { user_id: userId, yacht_id: yachtId, role };
}
