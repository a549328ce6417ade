import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { fileCursors } from "../../../monitoring/reconciliation/cursors.ts";

const directory = mkdtempSync(join(tmpdir(), "part-lens-cursors-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

test("tenants that are written at the same time all keep their cursor, for the next process too", async () => {
  const path = join(directory, "made", "cursors.json");
  const cursors = fileCursors(path);
  expect(await cursors.read("tenant-0")).toBeUndefined();
  const names = Array.from({ length: 20 }, (_, index) => `tenant-${index}`);
  await Promise.all(names.map((name) => cursors.write(name, `at ${name}`)));
  for (const name of names) expect(await fileCursors(path).read(name)).toBe(`at ${name}`);
});

test("a file that is no JSON is an error, not a first run", async () => {
  const path = join(directory, "broken.json");
  writeFileSync(path, "{");
  await expect(fileCursors(path).read("north")).rejects.toThrow(SyntaxError);
});
