import pLimit from "p-limit";
import type pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { databaseChecks } from "../../../monitoring/database-checks.ts";
import { startPostgres, type TestPostgres } from "../../support/postgres.ts";
import { type CaseRole, cases, operations, roles, situations, survivors, withoutYacht } from "./cases.ts";
import { otherTables, ownersViews, unforcedTables, views, yachtTables } from "./catalogue.ts";
import { type Mutant, mutantsOf } from "./mutants.ts";
import { fillTables, type Samples, sampleRows } from "./rows.ts";
import { runCase, type Session, tenantIn } from "./run-case.ts";

type Clients = Record<"alpha" | "beta", pg.Client>;
let postgres: TestPostgres;
let superusers: Clients;
let samples: Samples;

const clientsOf = async (role: Parameters<TestPostgres["client"]>[0]): Promise<Clients> => ({
  alpha: await postgres.client(role, postgres.tenants.alpha),
  beta: await postgres.client(role, postgres.tenants.beta),
});

beforeAll(async () => {
  postgres = await startPostgres();
  await fillTables(postgres);
  superusers = await clientsOf("postgres");
  samples = await sampleRows(Object.values(superusers), Object.keys(cases));
});
afterAll(() => postgres.stop());

const inTransaction = async <Result>(clients: Clients, task: () => Promise<Result>): Promise<Result> => {
  const both = [clients.alpha, clients.beta];
  for (const client of both) await client.query("begin");
  try {
    return await task();
  } finally {
    for (const client of both) await client.query("rollback");
  }
};

interface Deviation {
  readonly case: string;
  readonly expected: string;
  readonly found: string;
}

/** The cases of a table whose outcome is not the table's. */
async function deviations(table: string, role: CaseRole, session: (tenant: "alpha" | "beta") => Session) {
  const found: Deviation[] = [];
  for (const operation of operations) {
    for (const situation of situations) {
      const outcome = await runCase(session(tenantIn(situation)), table, operation, situation);
      const expected = cases[table]![role][operation][situation];
      const name = `${role} ${operation} ${table} ${situation}`;
      if (outcome !== expected) found.push({ case: name, expected, found: outcome });
    }
  }
  return found;
}

describe("the table of cases", () => {
  test("has every table of the catalogue, and every one of its tables exists", async () => {
    expect(Object.keys(cases).sort()).toEqual(await yachtTables(superusers.alpha));
    expect(await otherTables(superusers.alpha)).toEqual([...withoutYacht]);
  });

  test.each(roles)("holds for %s, signed in, on every table, operation and yacht", async (role) => {
    const clients = await clientsOf(role);
    const found = await inTransaction(clients, async () => {
      const perTable = [];
      for (const table of Object.keys(cases)) {
        const session = (tenant: "alpha" | "beta") => ({
          client: clients[tenant],
          samples,
        });
        perTable.push(...(await deviations(table, role, session)));
      }
      return perTable;
    });
    expect(found).toEqual([]);
  });

  test("leaves the API no right on a table without yachts", async () => {
    for (const table of withoutYacht) {
      const query = "select has_table_privilege('part_lens_api', $1, $2) as has";
      for (const operation of operations) {
        const { rows } = await superusers.alpha.query(query, [`part_lens.${table}`, operation]);
        expect([table, operation, rows[0].has]).toEqual([table, operation, false]);
      }
    }
  });
});

describe("every tenant table and view", () => {
  test("has its policies enabled and forced, in every tenant", async () => {
    expect(await unforcedTables(superusers.alpha)).toEqual([]);
    expect(await unforcedTables(superusers.beta)).toEqual([]);
  });

  test("that is a view reads with the rights of who asks", async () => {
    expect(await ownersViews(superusers.alpha)).toEqual([]);
    expect((await views(superusers.alpha)).length).toBeGreaterThan(5);
  });
});

describe("a job of the auditor", () => {
  const countsOf = async (client: pg.Client) => {
    const counts: Record<string, number> = {};
    for (const table of Object.keys(cases)) {
      const { rows } = await client.query(
        `select yacht_id, count(*)::int as count from part_lens.${table} group by 1`,
      );
      for (const { yacht_id, count } of rows) counts[`${table} ${yacht_id}`] = count;
    }
    return counts;
  };

  test("reads every row that there is, of every yacht", async () => {
    const auditors = await clientsOf("part_lens_auditor");
    for (const tenant of ["alpha", "beta"] as const) {
      const there = await countsOf(superusers[tenant]);
      const yachtCount = tenant === "alpha" ? 2 : 1;
      expect(Object.keys(there)).toHaveLength(yachtCount * Object.keys(cases).length);
      expect(await countsOf(auditors[tenant])).toEqual(there);
    }
  });

  test("that sees none of a tenant's rows says that it examined none, which proves nothing", async () => {
    const { alpha } = superusers;
    const oneAtATime = pLimit(1);
    const asAuditor = databaseChecks(
      async (_, sql) => oneAtATime(async () => (await alpha.query(sql)).rows),
      ["alpha"],
    );
    const examined = async () => {
      await alpha.query("set local role part_lens_auditor");
      const { ledgerMismatches, orphanedTransactions } = await asAuditor.findings();
      await alpha.query("reset role");
      return [ledgerMismatches.examined > 0, orphanedTransactions.examined > 0];
    };
    await inTransaction(superusers, async () => {
      expect(await examined()).toEqual([true, true]);
      for (const table of ["pms_inventory_stock", "pms_inventory_transactions"]) {
        await alpha.query(`drop policy auditor on part_lens.${table}`);
      }
      expect(await examined()).toEqual([false, false]);
    });
  });
});

describe("a mutant of the policies", () => {
  /** Whether a case notices it. All in one transaction that is rolled back. */
  const isNoticed = ({ table, statement }: Mutant): Promise<boolean> =>
    inTransaction(superusers, async () => {
      for (const client of [superusers.alpha, superusers.beta]) await client.query(statement);
      for (const role of roles) {
        const session = (tenant: "alpha" | "beta") => ({
          client: superusers[tenant],
          samples,
          as: role,
        });
        if ((await deviations(table, role, session)).length > 0) return true;
      }
      return false;
    });

  test("is noticed by a case, or listed with the lock that still holds", async () => {
    const mutants = await mutantsOf(superusers.alpha);
    // Three policies a table, each dropped, and the API's two expressions replaced; security switched off.
    expect(mutants.length).toBe(Object.keys(cases).length * 6);
    const survived: string[] = [];
    for (const mutant of mutants) if (!(await isNoticed(mutant))) survived.push(mutant.name);
    expect(survived).toEqual(Object.keys(survivors));
  });

  test("is not seen where there is none: the unchanged policies satisfy the same cases", async () => {
    for (const table of Object.keys(cases)) {
      expect(await isNoticed({ name: "none", table, statement: "select 1" })).toBe(false);
    }
  });

  test.each(Object.entries(survivors))("%s survives because its other lock is there", async (name, lock) => {
    const [table] = name.split(" ");
    for (const privilege of lock.lacks) {
      const query = "select has_any_column_privilege($1, $2, $3) as has";
      const { rows } = await superusers.alpha.query(query, [lock.role, `part_lens.${table}`, privilege]);
      expect([privilege, rows[0].has], lock.reason).toEqual([privilege, false]);
    }
  });
});
