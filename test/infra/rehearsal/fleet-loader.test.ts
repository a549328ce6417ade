import type pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { generateFleet } from "../../../infra/local/rehearsal/fleet.ts";
import { loadFleet } from "../../../infra/local/rehearsal/fleet-loader.ts";
import { TrafficPlan } from "../../../infra/local/rehearsal/traffic-plan.ts";
import { yachts as seeded } from "../../support/fleet.ts";
import { startPostgres, type TestPostgres } from "../../support/postgres.ts";

const yachts = [
  { id: seeded.borealis, name: "Borealis", tenant: "alpha" },
  { id: seeded.calypso, name: "Calypso", tenant: "beta" },
];
const fleet = generateFleet({ yachts, seed: "loader" });

let postgres: TestPostgres;
let master: pg.Client;
let tenants: Map<string, pg.Client>;

beforeAll(async () => {
  postgres = await startPostgres();
  master = await postgres.client("part_lens_migrator", postgres.master);
  tenants = new Map([
    ["alpha", await postgres.client("part_lens_migrator", postgres.tenants.alpha)],
    ["beta", await postgres.client("part_lens_migrator", postgres.tenants.beta)],
  ]);
});

afterAll(async () => {
  await postgres?.stop();
});

test("the fleet is written with its stock in the ledger, its members and its signers in MASTER", async () => {
  const enrol = async ({ pin }: { pin: string }) => ({ pin_hash: `hash of ${pin}`, totp_sealed: "sealed" });
  const loaded = await loadFleet({ fleet, master, tenants, enrol });

  for (const { id, tenant } of yachts) {
    const wanted = fleet.parts.filter(({ yachtId }) => yachtId === id).map(({ stock }) => stock);
    const inYacht = loaded.filter(({ yachtId }) => yachtId === id).map(({ stock }) => stock);
    expect(inYacht).toEqual(expect.arrayContaining(wanted));
    const { rows } = await tenants
      .get(tenant)!
      .query("select count(*)::int as count from part_lens.ledger_mismatches where yacht_id = $1", [id]);
    expect(rows[0].count).toBe(0);
  }
  const api = await postgres.client("part_lens_api", postgres.master);
  for (const { userId, yachtId, role } of fleet.users) {
    const { rows } = await api.query("select part_lens.route($1, $2) ->> 'role' as role", [userId, yachtId]);
    expect(rows[0].role).toBe(role);
  }
  for (const { userId, pin } of fleet.signers) {
    const { rows } = await api.query("select part_lens.signer($1) as signer", [userId]);
    expect(rows[0].signer).toMatchObject({ pin_hash: `hash of ${pin}` });
  }
  const plan = new TrafficPlan({ ...fleet, parts: loaded }, "loader");
  expect(plan.requestsOf({ stage: "canary-5", minute: 0 })).toHaveLength(12);
});
