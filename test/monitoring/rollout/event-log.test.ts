import { appendFile, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { RolloutEvent } from "../../../monitoring/rollout/event.ts";
import { CorruptLogError, fileEventLog } from "../../../monitoring/rollout/event-log.ts";

const stamp = { at: "2026-11-23T12:00:00.000Z", actor: "ada" };
const events: RolloutEvent[] = [
  { kind: "advanced", ...stamp, to: "canary-5", cohort: ["a"] },
  { kind: "judged", ...stamp, stage: "canary-5", verdict: "pass", details: { criteria: [] } },
  { kind: "rolledBack", ...stamp, to: "off", cause: "rlsLeak", alsoFiring: ["serverErrors"] },
];

let directory: string;
let path: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "part-lens-log-"));
  path = join(directory, "events.jsonl");
});
afterEach(() => rm(directory, { recursive: true }));

it("reads back what was appended, also by another process's log", async () => {
  for (const event of events) await fileEventLog(path).append(event);
  expect(await fileEventLog(path).read()).toEqual(events);
  expect((await readFile(path, "utf8")).split("\n")).toHaveLength(4);
});

it("is empty before the first event", async () => {
  expect(await fileEventLog(path).read()).toEqual([]);
});

it("drops a line torn by a crash and overwrites it", async () => {
  const log = fileEventLog(path);
  await log.append(events[0]!);
  await appendFile(path, '{"kind":"adva');
  expect(await log.read()).toEqual([events[0]]);
  await log.append(events[1]!);
  expect(await log.read()).toEqual(events.slice(0, 2));
});

it("refuses to read a log that was edited, and names the line", async () => {
  await fileEventLog(path).append(events[0]!);
  await appendFile(path, '{"kind":"promoted"}\n');
  await expect(fileEventLog(path).read()).rejects.toThrow(CorruptLogError);
  await expect(fileEventLog(path).read()).rejects.toThrow(/:2 is no rollout event/);
});

it("takes no event without an actor", async () => {
  await expect(fileEventLog(path).append({ ...events[0]!, actor: "" })).rejects.toThrow();
  expect(await fileEventLog(path).read()).toEqual([]);
});
