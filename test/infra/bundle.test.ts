import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { type BundleName, buildBundle, bundle, recipes } from "../../infra/api/bundle.ts";
import { type JobRule, jobNames, jobSchedule } from "../../monitoring/job-schedule.ts";

async function folderOf(name: BundleName): Promise<string> {
  const { archive } = await bundle(name);
  return String(await archive.path);
}

describe("a bundle", () => {
  it.each(Object.keys(recipes) as BundleName[])(
    "of %s is one file named by its hash, the same when built again",
    async (name) => {
      const [first, second] = [await bundle(name), await buildBundle(name)];
      expect(second.hash).toBe(first.hash);
      const folder = await folderOf(name);
      expect(folder).toMatch(new RegExp(`\\.part-lens/bundles/${name}-${first.hash}$`));
      expect(readdirSync(folder).filter((entry) => entry !== "sql")).toEqual(["index.mjs"]);
    },
  );

  it.each(Object.keys(recipes) as BundleName[])(
    "of %s holds no path of the machine it was built on",
    async (name) => {
      const code = readFileSync(join(await folderOf(name), "index.mjs"), "utf8");
      expect(code).not.toContain(process.cwd());
    },
  );

  it("of the migrator has the SQL files beside the code, and of the others none", async () => {
    const folder = await folderOf("migrator");
    const tables = join(folder, "sql", "tenant", "tables");
    expect(readdirSync(tables)).toEqual(readdirSync("api/database/sql/tenant/tables"));
    expect(existsSync(join(await folderOf("api"), "sql"))).toBe(false);
  });

  it("of the API keeps the names of the source, has no native module, and is under 1.5 MB packed", async () => {
    const code = readFileSync(join(await folderOf("api"), "index.mjs"), "utf8");
    expect(code).toMatch(/\bv2Actions = \{/);
    expect(code).not.toMatch(/require\("[^"]*\.node"\)/);
    expect(gzipSync(code).length).toBeLessThan(1_500_000);
  });

  it("of the jobs has the handler of every job of the table", async () => {
    const modules = {
      jobs: await import(join(await folderOf("jobs"), "index.mjs")),
      sweep: await import(join(await folderOf("sweep"), "index.mjs")),
      weekly: await import(join(await folderOf("weekly"), "index.mjs")),
    } as Record<string, Record<string, unknown>>;
    for (const job of jobNames) {
      const { bundle: archive, handler = job }: JobRule = jobSchedule[job];
      expect([job, typeof modules[archive]?.[handler]]).toEqual([job, "function"]);
    }
  });

  it("loads as the module that Lambda would load, with its handler", async () => {
    const module = (await import(join(await folderOf("rollback"), "index.mjs"))) as { handler: unknown };
    expect(module.handler).toBeTypeOf("function");
  });
});
