import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { fileSource } from "../../flags/source.ts";

let directory: string;
let path: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "part-lens-source-"));
  path = join(directory, "document");
});
afterEach(() => rm(directory, { recursive: true }));

async function exchange(content: string): Promise<void> {
  await writeFile(`${path}.new`, content);
  await rename(`${path}.new`, path);
}

it("reads a document once and says unchanged until it is exchanged", async () => {
  await exchange("one");
  const source = fileSource(path);
  expect(await source.poll()).toEqual({ content: "one" });
  expect(await source.poll()).toBe("unchanged");
  await exchange("two");
  expect(await source.poll()).toEqual({ content: "two" });
});

it("sees every one of many exchanges of the same size", async () => {
  await exchange("0000");
  const source = fileSource(path);
  await source.poll();
  for (let i = 1; i <= 50; i++) {
    const content = `${i}`.padStart(4, "0");
    await exchange(content);
    expect(await source.poll()).toEqual({ content });
  }
});

it("throws while there is no document and reads it when it comes", async () => {
  const source = fileSource(path);
  await expect(source.poll()).rejects.toThrow("ENOENT");
  await exchange("late");
  expect(await source.poll()).toEqual({ content: "late" });
});
