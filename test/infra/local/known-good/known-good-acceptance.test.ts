import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sqlDirectory } from "../../../../api/database/sql-bundle.ts";
import { bundle } from "../../../../infra/api/bundle.ts";
import { acceptanceIdentities } from "../../../../infra/local/acceptance-identities.ts";
import { acceptanceStack, type StackForAcceptance } from "../../../../infra/local/acceptance-stack.ts";
import { type KnownGood, knownGood } from "../../../../infra/local/known-good/known-good.ts";
import {
  type KnownGoodRecord,
  knownGoodAcceptance,
} from "../../../../infra/local/known-good/known-good-acceptance.ts";
import { sqlChange } from "../../../../infra/local/known-good/sql-change.ts";

const patience = 600_000;
const keyDirectory = resolve(".part-lens/keys");
const directory = mkdtempSync(join(tmpdir(), "part-lens-known-good-"));

afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** A copy of the SQL with a table file more. */
function sqlWith(name: string, text: string): string {
  const copy = join(directory, name);
  cpSync(sqlDirectory, copy, { recursive: true });
  writeFileSync(join(copy, "tenant", "tables", name), text);
  return copy;
}

const expand = "alter table part_lens.pms_parts add column hazard_class text not null default '';";
const contract = "alter table part_lens.pms_parts drop column min_level cascade;";

describe("what the migrator would refuse", () => {
  it("is nothing for the same SQL, and for a file that only adds", () => {
    const same = sqlChange(sqlDirectory);
    expect(same).toMatchObject({ tables: [], refused: [], to: same.from });
    const added = sqlChange(sqlDirectory, sqlWith("900_expand.sql", expand));
    expect(added).toMatchObject({ tables: ["tenant/tables/900_expand.sql"], refused: [] });
    expect(added.to).not.toBe(added.from);
  });

  it("is a file that takes something away, and one that was edited", () => {
    const taken = sqlChange(sqlDirectory, sqlWith("901_contract.sql", contract));
    expect(taken.refused).toEqual([expect.stringContaining("901_contract.sql may drop")]);
    const edited = sqlChange(sqlDirectory, sqlWith("001_pms_parts.sql", "select 1;"));
    expect(edited.refused).toEqual([expect.stringContaining("001_pms_parts.sql was edited")]);
  });
});

describe("the code of before", () => {
  let up: StackForAcceptance;
  let good: KnownGood;
  const told: string[] = [];

  beforeAll(async () => {
    up = await acceptanceStack({ state: join(directory, "state"), keyDirectory });
    const { archive } = await bundle("api");
    // Today's code and a line: another version, which a folder by itself gives.
    const copy = join(directory, "code");
    cpSync(String(await archive.path), copy, { recursive: true });
    writeFileSync(join(copy, "note.txt"), "the code of before");
    good = (await knownGood(process.cwd(), copy)) as KnownGood;
  }, patience);
  afterAll(() => up.stack.close(), patience);

  /** As the migrator would, without its refusal. */
  async function plant(sql: string): Promise<void> {
    for (const tenant of up.service.fleet.tenants) {
      const client = await up.stack.databases.connect("part_lens_migrator", tenant);
      await client.query("set role part_lens_owner");
      await client.query(sql);
      await client.end();
    }
  }

  async function accepted(sql: string): Promise<KnownGoodRecord> {
    const { stack, service } = up;
    const identities = await acceptanceIdentities(stack, service, keyDirectory);
    await plant(sql);
    const out = join(directory, "out");
    return knownGoodAcceptance(good, { stack, service, identities, out, tell: (text) => told.push(text) });
  }

  const failed = ({ files }: KnownGoodRecord) =>
    Object.values(files).flatMap(({ cases }) => cases.filter(({ passed }) => !passed));

  it(
    "passes where the SQL only grew: every answer is its own",
    async () => {
      const record = await accepted(expand);
      expect(failed(record)).toEqual([]);
      expect(record).toMatchObject({ passed: true, problems: [], sql: null });
      expect(record.knownGood.codeVersion).toBe(good.codeVersion);
      expect(good.codeVersion).not.toBe((await bundle("api")).hash);
      expect(told.at(-1)).toContain(`The code ${good.codeVersion} can live with the SQL`);
    },
    patience,
  );

  it(
    "fails where a column that it reads was dropped, whatever the migrator's refusal has overlooked",
    async () => {
      const record = await accepted(contract);
      expect(record.passed).toBe(false);
      expect(failed(record).map(({ name }) => name)).toContain("zero-5xx scan");
      expect(told.at(-1)).toContain("cannot live with the SQL");
    },
    patience,
  );
});

describe("evidence acceptance --known-good", () => {
  function command(...args: readonly string[]) {
    return new Promise<{ code: number; stdout: string; stderr: string }>((done) => {
      const own = ["monitoring/evidence/evidence.ts", "acceptance", "--json", ...args];
      execFile(process.execPath, own, { maxBuffer: 64 * 2 ** 20 }, (error, stdout, stderr) =>
        done({ code: Number(error?.code ?? 0), stdout, stderr }),
      );
    });
  }

  it("says what it cannot take", async () => {
    const url = await command("--url", "http://127.0.0.1:9", "--known-good");
    expect(url).toMatchObject({ code: 2, stderr: expect.stringContaining("give no --url") });
    const unknown = await command("--known-good", "no-such-revision");
    expect(unknown).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("no-such-revision is no commit"),
    });
  });

  it(
    "builds a revision by its own builder, and lets it pass its own acceptance on this checkout's SQL",
    async ({ skip }) => {
      if (typeof (await knownGood(process.cwd(), "HEAD").catch(String)) === "string")
        skip("there is no git history here");
      const out = join(directory, "revision");
      const { code, stdout, stderr } = await command("--known-good", "HEAD", "--out", out);
      const record = JSON.parse(stdout || "{}") as KnownGoodRecord;
      expect([code, record.problems, stderr.slice(-2_000)]).toEqual([0, [], expect.any(String)]);
      expect(record.knownGood).toMatchObject({
        name: "HEAD",
        commit: expect.stringMatching(/^[0-9a-f]{40}$/),
      });
      const cases = Object.values(record.files).flatMap((suite) => suite.cases);
      expect(cases.length).toBeGreaterThanOrEqual(51);
    },
    patience,
  );
});
