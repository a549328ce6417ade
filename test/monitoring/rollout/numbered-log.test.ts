import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { entryFolder } from "../../../monitoring/rollout/entry-folder.ts";
import type { RolloutEvent } from "../../../monitoring/rollout/event.ts";
import { CorruptLogError, fileEventLog, LogMovedError } from "../../../monitoring/rollout/event-log.ts";
import { type EntryStore, numberedEventLog } from "../../../monitoring/rollout/numbered-log.ts";
import { stamp } from "./live.ts";

const held = (reason: string): RolloutEvent => ({ kind: "held", ...stamp, reason });

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "part-lens-log-"));
});
afterEach(() => rm(directory, { recursive: true }));
const log = () => numberedEventLog(entryFolder(directory));

describe.each([
  ["numbered entries", () => log()],
  ["lines of a file", () => fileEventLog(join(directory, "events.jsonl"))],
])("a log of %s", (_, open) => {
  it("refuses a decision that was made on fewer events than there are", async () => {
    const ours = open();
    await ours.append(held("a"), 0);
    await expect(ours.append(held("b"), 0)).rejects.toThrow(LogMovedError);
    await ours.append(held("b"), 1);
    expect(await ours.read()).toEqual([held("a"), held("b")]);
  });

  it("lets one of many that decide at once through", async () => {
    const ours = open();
    const tries = Array.from({ length: 8 }, (_, index) => ours.append(held(String(index)), 0));
    const done = await Promise.allSettled(tries);
    expect(done.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(await ours.read()).toHaveLength(1);
  });

  it("takes every event that is not conditional, whoever else writes", async () => {
    const ours = open();
    await Promise.all(Array.from({ length: 8 }, (_, index) => ours.append(held(String(index)))));
    expect(await ours.read()).toHaveLength(8);
  });
});

describe("the numbered log", () => {
  it("is one log for several processes", async () => {
    await Promise.all(Array.from({ length: 6 }, (_, index) => log().append(held(String(index)))));
    expect((await log().read()).map((event) => event.kind)).toHaveLength(6);
    expect((await readdir(directory)).sort()[0]).toBe("00000001.json");
  });

  it("does not see what a crash has left half written", async () => {
    await log().append(held("a"));
    await writeFile(join(directory, ".00000002.json.x"), '{"kind":"he');
    expect(await log().read()).toEqual([held("a")]);
    await log().append(held("b"), 1);
    expect(await log().read()).toEqual([held("a"), held("b")]);
  });

  it("refuses to be read once it was edited or an entry is missing", async () => {
    for (const reason of ["a", "b", "c"]) await log().append(held(reason));
    await writeFile(join(directory, "00000003.json"), '{"kind":"promoted"}\n');
    await expect(log().read()).rejects.toThrow(/00000003\.json is no rollout event/);
    await rm(join(directory, "00000002.json"));
    await expect(log().read()).rejects.toThrow(CorruptLogError);
    await expect(log().append(held("d"))).rejects.toThrow(/no entry 00000002/);
  });

  it("needs no more of a store than a bucket gives: list, get and put-if-absent", async () => {
    const objects = new Map<string, string>();
    const bucket: EntryStore = {
      names: async () => [...objects.keys()],
      read: async (name) => objects.get(name) ?? "",
      create: async (name, content) => !objects.has(name) && Boolean(objects.set(name, content)),
    };
    await numberedEventLog(bucket).append(held("a"));
    await expect(numberedEventLog(bucket).append(held("b"), 0)).rejects.toThrow(LogMovedError);
    expect(await numberedEventLog(bucket).read()).toEqual([held("a")]);
  });
});
