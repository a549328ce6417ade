import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { migrationHash, type SqlFile, sqlBundle, sqlDirectory } from "../../../api/database/sql-bundle.ts";

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "part-lens-sql-"));
  cpSync(sqlDirectory, directory, { recursive: true });
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

describe("the SQL bundle", () => {
  test("has tables in order of their numbers, without a gap, and then functions, views, policies and grants", () => {
    for (const kind of ["master", "tenant"] as const) {
      const { tables, reapplied } = sqlBundle(kind);
      const numbers = tables.map(({ path }) => Number(/\/(\d{3})_/.exec(path)?.[1]));
      expect(numbers).toEqual(tables.map((_, index) => index + 1));
      const folders = ["functions", "views", "policies", "grants"];
      const places = reapplied.map(({ path }) => folders.indexOf(path.split("/")[1] ?? ""));
      expect(places).toEqual([...places].sort((a, b) => a - b));
      expect(places).not.toContain(-1);
    }
  });

  test("has the same hash for the same files, whatever their line ends, and another for another content", () => {
    expect(migrationHash(directory)).toBe(migrationHash());
    const path = join(directory, "tenant/tables/001_pms_parts.sql");
    const [first] = sqlBundle("tenant").tables;
    writeFileSync(path, (first as SqlFile).text.replaceAll("\n", "\r\n"));
    expect(migrationHash(directory)).toBe(migrationHash());
    writeFileSync(path, `${(first as SqlFile).text}-- more\n`);
    expect(migrationHash(directory)).not.toBe(migrationHash());
  });

  test("says where it looked when there is none", () => {
    expect(() => sqlBundle("tenant", join(directory, "nowhere"))).toThrow("no SQL found");
  });

  test("states of every function whose rights it runs with and how volatile it is", () => {
    for (const kind of ["master", "tenant"] as const) {
      for (const { path, text } of sqlBundle(kind).reapplied) {
        if (!path.includes("/functions/")) continue;
        expect(text, path).toMatch(
          /language (sql|plpgsql) (immutable|stable|volatile) security (invoker|definer)/,
        );
        if (kind === "tenant") expect(text, path).toContain("security invoker");
        else expect(text, path).toContain("set search_path = pg_catalog, pg_temp");
      }
    }
  });
});
