import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadParts } from "../../../api/import/load.ts";
import { readInventory } from "../../../api/import/map.ts";
import { userId, yachts } from "../../support/fleet.ts";
import { startPostgres, type TestPostgres } from "../../support/postgres.ts";

const root = join(import.meta.dirname, "../../..");
const samplePath = join(root, "infra/local/rehearsal/sample-inventory.csv");
const sample = readInventory(readFileSync(samplePath, "utf8"));
const yacht = yachts.calypso;
const user = userId("calypso", "manager");
const target = { yachtId: yacht, userId: user, role: "manager" };

let postgres: TestPostgres;
let migrator: pg.Client;
let auditor: pg.Client;

beforeAll(async () => {
  postgres = await startPostgres();
  migrator = await postgres.client("part_lens_migrator", postgres.tenants.beta);
  auditor = await postgres.client("part_lens_auditor", postgres.tenants.beta);
});

afterAll(async () => {
  await postgres?.stop();
});

async function stockOf(externalId: string): Promise<{ sum: string; cache: string; rows: number }> {
  const { rows } = await auditor.query(
    `select coalesce(sum(ledger.quantity_change), 0)::text as sum, count(ledger.id)::int as rows,
        (select sum(quantity)::text from part_lens.pms_inventory_stock stock where stock.part_id = part.id) as cache
       from part_lens.pms_parts part
       left join part_lens.pms_inventory_transactions ledger on ledger.part_id = part.id
       where part.yacht_id = $1 and part.external_id = $2 group by part.id`,
    [yacht, externalId],
  );
  return rows[0];
}

test("an import brings the stock to what the export says, decimals exactly, by one ledger row a part", async () => {
  const result = await loadParts(migrator, target, sample.parts);
  expect(result).toEqual({ parts: 60, opened: 60, differences: [] });
  const refrigerant = sample.parts.find(({ name }) => name === "Refrigerant R134a")!;
  expect(await stockOf(refrigerant.externalId)).toEqual({ sum: "21.4", cache: "21.4", rows: 1 });
  const { rows } = await auditor.query("select * from part_lens.ledger_mismatches where yacht_id = $1", [
    yacht,
  ]);
  expect(rows).toEqual([]);
});

test("importing twice doubles nothing, takes over new names, and reports stock that differs", async () => {
  await loadParts(migrator, target, sample.parts);
  const [first, ...rest] = sample.parts;
  const renamed = { ...first!, name: "Lube oil filter, renamed", onHand: first!.onHand! + 5 };
  const result = await loadParts(migrator, target, [renamed, ...rest]);
  expect(result).toEqual({
    parts: 60,
    opened: 0,
    differences: [
      { line: 2, externalId: renamed.externalId, exported: renamed.onHand, onHand: first!.onHand },
    ],
  });
  expect((await stockOf(renamed.externalId)).rows).toBe(1);
  const { rows } = await auditor.query(
    "select name, count(*) over ()::int as count from part_lens.pms_parts where yacht_id = $1 and external_id = $2",
    [yacht, renamed.externalId],
  );
  expect(rows).toEqual([{ name: "Lube oil filter, renamed", count: 1 }]);
});

test("a part whose stock the export does not say is made with none and no ledger row", async () => {
  const { parts } = readInventory("part_id,part_name,rob_qty\nNEW-1,Unknown stock,\nNEW-2,None left,0\n");
  expect(await loadParts(migrator, target, parts)).toEqual({ parts: 2, opened: 0, differences: [] });
  expect(await stockOf("NEW-1")).toMatchObject({ sum: "0", rows: 0 });
});

test("an import stands in the audit log with who did it", async () => {
  const { rows } = await auditor.query(
    "select action, actor, role, version from part_lens.pms_audit_log where yacht_id = $1 order by sequence limit 1",
    [yacht],
  );
  expect(rows[0]).toMatchObject({ action: "import_parts", version: "import" });
});

test("the command imports a file and says what it refused", async () => {
  const directory = mkdtempSync(join(tmpdir(), "part-lens-import-"));
  const file = join(directory, "export.csv");
  writeFileSync(file, "part_id;part_name;rob_qty\nCMD-1;Belt;1,5\nCMD-2;Broken;many\n");
  const { host, port, database } = postgres.tenants.beta;
  const environment = {
    PGHOST: host,
    PGPORT: String(port),
    PGDATABASE: database,
    PGUSER: "part_lens_migrator",
  };
  const command = ["api/import/command.ts", file, "--yacht", yacht, "--user", user, "--json"];
  try {
    const failed = await promisify(execFile)(process.execPath, command, {
      cwd: root,
      env: { ...process.env, ...postgres.environment, ...environment },
    }).catch((error: { code: number; stdout: string }) => error);
    expect(failed).toMatchObject({ code: 3 });
    expect(JSON.parse(failed.stdout)).toMatchObject({
      parts: 1,
      opened: 1,
      delimiter: ";",
      problems: [{ line: 3, field: "onHand", refused: true }],
    });
  } finally {
    rmSync(directory, { recursive: true });
  }
  expect((await stockOf("CMD-1")).sum).toBe("1.5");
});
