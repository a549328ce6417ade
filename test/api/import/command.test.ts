import { execFile, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { closedPort } from "../../support/closed-port.ts";
import { userId, yachts } from "../../support/fleet.ts";
import { startPostgres, type TestPostgres } from "../../support/postgres.ts";

/** Of a test that starts commands, each a process of its own: on a busy machine that takes its time. */
const patience = 600_000;

const root = join(import.meta.dirname, "../../..");
const directory = mkdtempSync(join(tmpdir(), "part-lens-import-command-"));
const yacht = yachts.calypso;

let postgres: TestPostgres;
let auditor: pg.Client;

beforeAll(async () => {
  postgres = await startPostgres();
  auditor = await postgres.client("part_lens_auditor", postgres.tenants.beta);
});
afterAll(async () => {
  rmSync(directory, { recursive: true, force: true });
  await postgres?.stop();
});

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function run(args: readonly string[], variables: Record<string, string> = {}): Promise<Ended> {
  const options = {
    cwd: root,
    env: { PATH: process.env.PATH ?? "", NODE_NO_WARNINGS: "1", ...postgres.environment, ...variables },
  };
  return new Promise((resolve) => {
    execFile(process.execPath, ["api/import/command.ts", ...args], options, (error, stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
    );
  });
}

const tenant = (): Record<string, string> => ({
  PGHOST: postgres.tenants.beta.host,
  PGPORT: String(postgres.tenants.beta.port),
  PGDATABASE: postgres.tenants.beta.database,
});
const master = (): Record<string, string> => ({
  MASTER_HOST: postgres.master.host,
  MASTER_PORT: String(postgres.master.port),
  MASTER_DATABASE: postgres.master.database,
});

function file(name: string, content: string | Uint8Array): string {
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
}

/** Rows of every table that an import writes. */
async function rowCounts(): Promise<Record<string, number>> {
  const tables = ["pms_parts", "pms_inventory_stock", "pms_inventory_transactions", "pms_audit_log"];
  const counts: Record<string, number> = {};
  for (const table of tables) {
    const { rows } = await auditor.query(`select count(*)::int as count from part_lens.${table}`);
    counts[table] = rows[0].count;
  }
  return counts;
}

const someBad = [
  "Vessel;Calypso",
  "Stock Code;Item Name;R.O.B.;Dept;Description;Colour",
  "DRY-1;Belt;1,5;Engine;Fan belt;black",
  "DRY-2;Broken;many;Engine;;",
  ";No id;3;Deck;;",
  "DRY-1;Belt again;2;Engine;;",
].join("\n");

test("a dry run shows delimiter, header, mapping, counts and bad rows by line, and writes nothing", async () => {
  const before = await rowCounts();
  const path = file("bad.csv", someBad);
  const { code, stdout } = await run([path, "--yacht", yacht, "--dry-run"], tenant());
  expect(stdout).toContain("Delimiter semicolon, header on line 2");
  expect(stdout).toMatch(/R\.O\.B\.\W+onHand/);
  expect(stdout).toMatch(/Description\W+description \(checked, not kept\)/);
  expect(stdout).toMatch(/Colour\W+ignored/);
  expect(stdout).toContain("4 rows: 1 good, 3 bad");
  expect(stdout).toContain('line 4: "many" is not a quantity (onHand; row left out)');
  expect(stdout).toContain("line 5: part_id is empty (externalId; row left out)");
  expect(stdout).toContain("line 6: part DRY-1 stands on line 3 already");
  expect(stdout).toContain("1 parts would be loaded: 1 new, 0 known. Nothing was written.");
  expect(code).toBe(3);
  expect(await rowCounts()).toEqual(before);
});

test("a dry run needs no database", async () => {
  const { code, stdout } = await run([file("good.csv", "id,name\nA,Belt\n"), "--yacht", yacht, "--dry-run"]);
  expect([code, stdout]).toEqual([
    0,
    expect.stringContaining("1 parts would be loaded. Nothing was written."),
  ]);
});

test("a file with bad rows is refused whole when that is asked, and nothing of it is written", async () => {
  const before = await rowCounts();
  const path = file("refused.csv", someBad);
  const asked = [path, "--yacht", yacht, "--on-bad-rows", "refuse"];
  expect(await run(asked, tenant())).toMatchObject({
    code: 1,
    stdout: expect.stringContaining("Refused for its bad rows. Nothing was written."),
  });
  expect((await run([...asked, "--dry-run"], tenant())).code).toBe(1);
  expect(await rowCounts()).toEqual(before);
});

test("five thousand rows are loaded in batches with progress, and again without doubling anything", async () => {
  const rows = Array.from(
    { length: 5_000 },
    (_, index) => `BIG-${index},Part ${index},${index % 7},Bin ${index}`,
  );
  const path = file("big.csv", `part_id,part_name,rob_qty,location\n${rows.join("\n")}\n`);
  const asked = [path, "--yacht", yacht, "--user", userId("calypso", "manager"), "--json"];
  const first = await run(asked, tenant());
  expect(first.stderr).toMatch(/Loading .*5000\/5000 parts/);
  const opened = rows.filter((_, index) => index % 7 > 0).length;
  expect(JSON.parse(first.stdout)).toMatchObject({
    parts: 5_000,
    opened,
    good: 5_000,
    bad: 0,
    differences: [],
  });
  const before = await rowCounts();
  const second = await run(asked, tenant());
  expect(JSON.parse(second.stdout)).toMatchObject({ parts: 5_000, opened: 0, differences: [] });
  const after = await rowCounts();
  // Five batches leave five audit rows, and nothing else that was not there.
  expect(after).toEqual({ ...before, pms_audit_log: before.pms_audit_log! + 5 });
  const { rows: sums } = await auditor.query(
    "select sum(quantity_change)::int as sum from part_lens.pms_inventory_transactions where transaction_type = 'opening' and part_id in (select id from part_lens.pms_parts where external_id like 'BIG-%')",
  );
  expect(sums[0].sum).toBe(rows.reduce((sum, _, index) => sum + (index % 7), 0));
});

test("without PGDATABASE the tenant is found by MASTER", async () => {
  const path = file("home.csv", "id,name,rob\nHOME-1,Belt,2\n");
  const { code, stdout } = await run([path, "--yacht", yacht], master());
  expect(stdout).toContain("Yacht calypso, part_lens_tenant_beta at ");
  expect([code, stdout]).toEqual([0, expect.stringContaining("1 parts loaded, the stock of 1 opened.")]);
});

test.each([
  [
    "a yacht that MASTER does not know",
    () => master(),
    "d0000000-0000-4000-8000-000000000009",
    /MASTER knows no yacht d0000000/,
  ],
  ["no database at all", () => ({}), yacht, /no database is named: set PGDATABASE, or MASTER_HOST/],
  [
    "a database that is not there",
    () => ({ ...tenant(), PGDATABASE: "nowhere" }),
    yacht,
    /nowhere at .*: there is no such database/,
  ],
  [
    "a wrong password",
    () => ({ ...tenant(), PGPASSWORD: "wrong" }),
    yacht,
    /: the password was not accepted/,
  ],
] as const)("%s is said in words, with nothing written", async (_, variables, id, message) => {
  const { code, stderr } = await run([file("one.csv", "id,name\nONE-1,Belt\n"), "--yacht", id], variables());
  expect([code, stderr]).toEqual([1, expect.stringMatching(message)]);
  expect(stderr).toContain("Nothing was written.");
});

test("a server that does not answer is said to be out of reach", async () => {
  const variables = { ...tenant(), PGPORT: String(closedPort) };
  const { code, stderr } = await run([file("one.csv", "id,name\nONE-1,Belt\n"), "--yacht", yacht], variables);
  expect([code, stderr]).toEqual([1, expect.stringContaining("it is not reachable (ECONNREFUSED)")]);
});

test.each([
  ["an Excel workbook", new Uint8Array([0x50, 0x4b, 3, 4, 0, 0]), /is an Excel workbook.*export it as CSV/],
  ["nothing in it", "", /is empty/],
  ["no table in it", "Dear captain,\nplease find attached\n", /no header row in the first 30 rows/],
] as const)("a file with %s is no inventory", async (name, content, message) => {
  const { code, stderr } = await run([file(`${name}.csv`, content), "--yacht", yacht], tenant());
  expect([code, stderr]).toEqual([1, expect.stringMatching(message)]);
});

test("a cell that PostgreSQL cannot store costs its row, not the batch", async () => {
  const path = file("nul.csv", "id,name,rob\nNUL-1,Bel\0t,2\nNUL-2,Belt,2\n");
  const { code, stdout } = await run([path, "--yacht", yacht, "--json"], tenant());
  expect(code).toBe(3);
  expect(JSON.parse(stdout)).toMatchObject({
    parts: 1,
    problems: [{ line: 2, field: "name", refused: true }],
  });
});

test("a wrong command line ends with 2 and says what is wrong; help ends with 0", async () => {
  expect(await run([])).toMatchObject({ code: 2, stderr: expect.stringContaining("--yacht") });
  const path = file("one.csv", "id,name\nONE-1,Belt\n");
  expect(await run([path, "--yacht", "calypso"])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("UUID"),
  });
  const help = await run(["--help"]);
  expect(help.code).toBe(0);
  for (const word of ["--dry-run", "--on-bad-rows", "Exit codes:", "MASTER_HOST"])
    expect(help.stdout).toContain(word);
});

test(
  "Ctrl-C says what was loaded, and a role that there is not is refused before anything",
  async () => {
    const rows = Array.from({ length: 30_000 }, (_, index) => `C-${index},Part ${index},1`);
    const path = file("many.csv", ["part_id,part_name,rob_qty", ...rows].join("\n"));
    const emperor = await run([path, "--yacht", yacht, "--role", "emperor"], tenant());
    expect([emperor.code, emperor.stderr]).toEqual([2, expect.stringContaining("Allowed choices are crew")]);
    const args = ["api/import/command.ts", path, "--yacht", yacht];
    const env = { PATH: process.env.PATH ?? "", ...postgres.environment, ...tenant() };
    // Whatever the machine does meanwhile, it is not done when it is told to end: its first batch waits for the parts.
    const holder = await postgres.client("postgres", postgres.tenants.beta);
    await holder.query("begin; lock table part_lens.pms_parts in share mode");
    const child = spawn(process.execPath, args, { cwd: root, env, stdio: ["ignore", "ignore", "pipe"] });
    let stderr = "";
    child.stderr.on("data", (chunk: Buffer) => {
      stderr += chunk.toString();
      if (stderr.includes("Loading") && !child.killed) child.kill("SIGINT");
    });
    const code = await new Promise((resolve) => child.on("close", resolve));
    await holder.query("rollback");
    expect([code, stderr]).toEqual([130, expect.stringMatching(/interrupted\. \d+ parts are loaded/)]);
  },
  patience,
);
