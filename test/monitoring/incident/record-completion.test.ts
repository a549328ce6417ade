import { describe, expect, it } from "vitest";
import type { Collected } from "../../../monitoring/incident/collected.ts";
import { type CollectionSources, collect, readCollected } from "../../../monitoring/incident/collection.ts";
import type { Telling } from "../../../monitoring/incident/outbox.ts";
import { draftPostmortem } from "../../../monitoring/incident/postmortem-draft.ts";
import {
  type CompletionPorts,
  completeRecord,
  completeRecords,
} from "../../../monitoring/incident/record-completion.ts";
import { incidentMap, tellingOf } from "../../support/incidents.ts";

const incident = "2026-11-23T12:00:00.000Z";
const manifest = `incidents/${incident}/collected/manifest.json`;
const postmortem = `incidents/${incident}/postmortem.md`;
const move = { origin: "failedCheck", actor: "judge", from: "ramp-20", to: "canary-5", at: incident };
const byControl = tellingOf({
  way: "control",
  transition: "control-errorRate-20261123T120000000Z",
  cause: "errorRate",
  steps: [{ step: "lock", ok: true, detail: "locked", after: 3, milliseconds: 20 }],
  move,
});

/**
 * The evidence bucket with what was told, and who collects into it. A process is killed at the file of that name, if one
 * is given: it is not written, and nothing after it.
 */
function world(...told: readonly Telling[]) {
  const objects = new Map<string, string>();
  for (const one of told)
    objects.set(`incidents/${incident}/outbox/${one.transition}.json`, JSON.stringify(one));
  let collections = 0;
  const ports = (killedAt?: string, killed: () => void = () => undefined): CompletionPorts => {
    const map = incidentMap(objects);
    let isDead = false;
    const alive = <T>(key: string, work: () => Promise<T>): Promise<T> => {
      if (killedAt !== undefined && key.endsWith(killedAt)) isDead = true;
      if (!isDead) return work();
      killed();
      return new Promise<never>(() => undefined);
    };
    const store = {
      ...map,
      create: (key: string, text: string) => alive(key, () => map.create(key, text)),
      put: (key: string, text: string) => alive(key, () => map.put(key, text)),
    };
    // What is collected is another at each time.
    const stamps = async () => ({ migrationHash: `${++collections}` });
    const none = async (): Promise<never> => Promise.reject(new Error("not here"));
    const sources = (run: Collected["run"]) =>
      new Proxy(
        {},
        {
          get: (_, name) => (name === "run" ? async () => run : name === "stamps" ? stamps : none),
        },
      ) as CollectionSources;
    return {
      store,
      collect: (run) => collect(sources(run), { incident: run.incident, store, milliseconds: 100 }),
      draft: (name) => draftPostmortem(name, store),
    };
  };
  const complete = (killedAt?: string) =>
    new Promise<string | undefined>((resolve, reject) => {
      const working = ports(killedAt, () => resolve("killed"));
      completeRecord(incident, "prod", working).then(resolve, reject);
    });
  return { objects, ports, complete };
}

describe("the record of a rollback that no alarm's function has made", () => {
  it("is collected and drafted from what was told: who, from where to where, and why", async () => {
    const { complete, objects } = world(byControl);
    expect(await complete()).toMatch(/^collected 2 files, missing: .*, drafted$/);
    const { parts } = await readCollected(incident, incidentMap(objects));
    expect(parts.run).toMatchObject({
      way: "control",
      cause: "errorRate",
      percentBefore: 20,
      move,
      startedAt: incident,
    });
    const draft = objects.get(postmortem) ?? "";
    for (const line of [
      `# prod: errorRate, ${incident}`,
      "- Outcome: v2 was taken back to canary-5 and the rollout locked",
      `- Who: judge, from ramp-20 to canary-5 at ${incident}`,
      "- Why: the stage failed its check",
      "judge began to go down from ramp-20 to canary-5",
      "| +0.00 s | lock | 20 ms | locked |",
    ])
      expect(draft).toContain(line);
  });

  it("is made once", async () => {
    const { complete, objects } = world(byControl);
    await complete();
    const before = new Map(objects);
    expect(await complete()).toBeUndefined();
    expect(objects).toEqual(before);
  });

  it.each(["run.json", "stamps.json", "manifest.json", "postmortem.md"])(
    "is carried on by the next run where one was killed at %s, and what lies there is believed",
    async (killedAt) => {
      const { complete, objects } = world(byControl);
      expect(await complete(killedAt)).toBe("killed");
      const before = [...objects].filter(([key]) => key.includes("/collected/"));
      await complete();
      expect(objects.has(manifest) && objects.has(postmortem)).toBe(true);
      for (const [key, text] of before) expect(objects.get(key)).toBe(text);
      const { missing, parts } = await readCollected(incident, incidentMap(objects));
      expect(Object.values(missing).join()).not.toMatch(/not the one that was written|gone/);
      expect(parts.stamps ?? missing.stamps).toBeDefined();
      expect(await complete()).toBeUndefined();
    },
  );

  it("is drafted all the same where nothing can be collected, and fails, so that it is tried again", async () => {
    const { objects, ports } = world(byControl);
    const broken = { ...ports(), collect: () => Promise.reject(new Error("S3 is away")) };
    await expect(completeRecord(incident, "prod", broken)).rejects.toThrow("S3 is away");
    expect(objects.get(postmortem)).toContain("rolled back to 0");
    expect(await completeRecord(incident, "prod", ports())).toMatch(/^collected/);
  });

  it.each([
    { what: "the kill switch, whose function was cut off", told: tellingOf(), expected: "killSwitch" },
    { what: "the pin, alone", told: tellingOf({ way: "pin", transition: "pin-rlsLeak-1" }), expected: "pin" },
  ])("is made of $what", async ({ told, expected }) => {
    const { complete, objects } = world(told);
    await complete();
    expect((await readCollected(incident, incidentMap(objects))).parts.run).toMatchObject({ way: expected });
    expect(objects.get(postmortem)).toContain("- Alarm: not recorded");
  });

  it.each(["alert", "drill"] as const)("is none of an %s", async (mode) => {
    const { complete, objects } = world(tellingOf({ mode }));
    expect(await complete()).toBeUndefined();
    expect(objects.size).toBe(1);
  });
});

describe("the records that the schedule looks at", () => {
  const at = (time: string) => () => new Date(time);

  it("are left to whoever went down for five minutes, then completed", async () => {
    const { objects, ports } = world(byControl);
    const young = { ...ports(), now: at("2026-11-23T12:04:59.000Z") };
    expect(await completeRecords([incident], "prod", young)).toEqual([]);
    const old = { ...ports(), now: at("2026-11-23T12:05:00.000Z") };
    expect(await completeRecords([incident], "prod", old)).toEqual([expect.stringMatching(/drafted$/)]);
    expect(objects.has(postmortem)).toBe(true);
  });

  it("do not keep each other from it", async () => {
    const { ports } = world(byControl);
    const other = "2026-11-23T11:00:00.000Z";
    const broken = { ...ports(), now: at("2026-11-23T13:00:00.000Z") };
    const store = {
      ...broken.store,
      list: async (prefix: string) => {
        if (prefix.includes(other)) throw new Error("S3 is away");
        return ports().store.list(prefix);
      },
    };
    const outcomes = await completeRecords([other, incident], "prod", { ...broken, store });
    expect(outcomes).toEqual([
      `${other}: not completed: Error: S3 is away`,
      expect.stringMatching(new RegExp(`^${incident}: collected`)),
    ]);
  });
});
