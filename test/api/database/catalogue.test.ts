import type pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databaseState } from "../../../api/database/catalogue.ts";
import { handler } from "../../../monitoring/checks-function.ts";
import { closeConnections } from "../../../monitoring/job-databases.ts";
import { startPostgres, type TestPostgres } from "../../support/postgres.ts";

let postgres: TestPostgres;
let superuser: pg.Client;
let auditor: pg.Client;

beforeAll(async () => {
  postgres = await startPostgres();
  superuser = await postgres.client("postgres", postgres.tenants.alpha);
  auditor = await postgres.client("part_lens_auditor", postgres.tenants.alpha);
});
afterAll(async () => {
  await closeConnections();
  await postgres?.stop();
});

describe("the catalogue of a database", () => {
  it("is as the migrator left it, whoever looks", async () => {
    const untouched = { migrated: true, drifted: [] };
    expect(await databaseState(auditor, "tenant")).toEqual(untouched);
    expect(await databaseState(superuser, "tenant")).toEqual(untouched);
  });

  it.each([
    {
      section: "grants",
      change: "grant delete on part_lens.pms_audit_log to part_lens_api",
      back: "revoke delete on part_lens.pms_audit_log from part_lens_api",
    },
    {
      section: "grants",
      change: "grant execute on function part_lens.repair_cache(jsonb, jsonb) to public",
      back: "revoke execute on function part_lens.repair_cache(jsonb, jsonb) from public",
    },
    {
      section: "policies",
      change: "create policy everybody on part_lens.pms_parts for select to part_lens_api using (true)",
      back: "drop policy everybody on part_lens.pms_parts",
    },
    {
      section: "rowSecurity",
      change: "alter table part_lens.pms_parts no force row level security",
      back: "alter table part_lens.pms_parts force row level security",
    },
    {
      section: "views",
      change: "alter view part_lens.on_hand set (security_invoker = false)",
      back: "alter view part_lens.on_hand set (security_invoker = true)",
    },
    {
      section: "roles",
      change: "alter role part_lens_api bypassrls",
      back: "alter role part_lens_api nobypassrls",
    },
  ])("shows that somebody has changed its $section: $change", async ({ section, change, back }) => {
    await superuser.query(change);
    expect(await databaseState(auditor, "tenant")).toEqual({ migrated: true, drifted: [section] });
    await superuser.query(back);
    expect(await databaseState(auditor, "tenant")).toEqual({ migrated: true, drifted: [] });
  });

  it("shows a database that is not at this build's SQL", async () => {
    const bundle = "update part_lens.migrations set sha256 = $1 where name = 'bundle' returning sha256";
    const { rows } = await superuser.query("select sha256 from part_lens.migrations where name = 'bundle'");
    await superuser.query(bundle, ["of another build"]);
    expect(await databaseState(auditor, "tenant")).toMatchObject({ migrated: false });
    await superuser.query(bundle, [rows[0].sha256]);
  });
});

describe("the function that looks into the databases", () => {
  it("looks at MASTER and every tenant, and counts what the judge asks for", async () => {
    const { host, port, database } = postgres.master;
    Object.assign(process.env, {
      STACK_ENVIRONMENT: "test",
      MASTER_HOST: host,
      MASTER_PORT: `${port}`,
      MASTER_DATABASE: database,
    });
    const { databases, findings } = await handler();
    expect(databases.map((one) => one.database).sort()).toEqual(["MASTER", "alpha", "beta"]);
    expect(databases.map(({ migrated, drifted }) => [migrated, drifted])).toEqual(
      databases.map(() => [true, []]),
    );
    expect(findings.ledgerMismatches.count).toBe(0);
    expect(findings.ledgerMismatches.examined).toBeGreaterThan(0);
  });
});
