import { describe, expect, it } from "vitest";
import { copiedLog } from "../../../monitoring/rollout/copied-log.ts";
import type { RolloutEvent } from "../../../monitoring/rollout/event.ts";
import { incidentMap } from "../../support/incidents.ts";
import { stamp } from "./live.ts";

const held = (reason: string): RolloutEvent => ({ kind: "held", ...stamp, reason });

/** A log with one event, and the store of its copies, which fails when it is told to. */
function world() {
  const events = [held("one")];
  const objects = new Map<string, string>();
  const store = incidentMap(objects);
  let isAway = false;
  const copies = () => ({
    ...store,
    create: (key: string, text: string) =>
      isAway ? Promise.reject(new Error("S3 is away")) : store.create(key, text),
  });
  const log = copiedLog(
    { read: async () => [...events], append: async (event) => void events.push(event) },
    copies,
  );
  return { log, objects, events, away: (away: boolean) => (isAway = away) };
}

describe("a log that is copied", () => {
  it("has every event in the copy, those from before included, under its number", async () => {
    const { log, objects } = world();
    await log.append(held("two"));
    await log.read();
    expect([...objects]).toEqual([
      ["rollout/log/00000001.json", `${JSON.stringify(held("one"))}\n`],
      ["rollout/log/00000002.json", `${JSON.stringify(held("two"))}\n`],
    ]);
  });

  it("is the truth where the copy cannot be written, and makes up for it", async () => {
    const { log, objects, away } = world();
    away(true);
    await log.append(held("two"));
    expect(await log.read()).toHaveLength(2);
    expect(objects.size).toBe(0);
    away(false);
    await log.read();
    expect(objects.size).toBe(2);
  });

  it("copies an event once, however many read at once", async () => {
    const { log, objects } = world();
    await Promise.all([log.read(), log.read(), log.read()]);
    expect(objects.size).toBe(1);
  });
});
