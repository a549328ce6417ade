import { describe, expect, it } from "vitest";
import { deliver, type Telling, tell, undelivered } from "../../../monitoring/incident/outbox.ts";
import { incidentMap, tellingOf } from "../../support/incidents.ts";

const folder = "incidents/2026-11-23T12:00:00.000Z/";

/** A topic that fails as often as it is told to, over a bucket that may be down. */
function world({ failures = 0, down = false } = {}) {
  const objects = new Map<string, string>();
  const sent: Telling[] = [];
  let left = failures;
  const broken = async () => {
    throw new Error("no bucket");
  };
  const whole = incidentMap(objects);
  const store = down ? { create: broken, put: broken, read: broken, list: broken } : whole;
  const send = async (told: Telling) => {
    if (left-- > 0) throw new Error("no topic");
    sent.push(told);
    return { channel: "sns", endpoint: "arn:topic", messageId: `m-${sent.length}` } as const;
  };
  const now = () => new Date("2026-11-23T12:00:10.000Z");
  return { objects, sent, store: whole, ports: { store, send, tries: 3, pauseMilliseconds: 0, now } };
}

describe("the outbox", () => {
  it("stores before it sends, and the receipt after", async () => {
    const { objects, ports } = world();
    const seen: string[] = [];
    const send = async (told: Telling) => {
      seen.push(...objects.keys());
      return ports.send(told);
    };
    expect(await tell(tellingOf(), { ...ports, send })).toBe("message m-1");
    const name = `${folder}outbox/killSwitch-rlsLeak-20261123T120000000Z`;
    expect(seen).toEqual([`${name}.json`]);
    expect(JSON.parse(objects.get(`${name}.json`)!)).toEqual(tellingOf());
    expect(JSON.parse(objects.get(`${name}.sns.json`)!)).toEqual({
      channel: "sns",
      endpoint: "arn:topic",
      messageId: "m-1",
      at: "2026-11-23T12:00:10.000Z",
      tries: 1,
    });
  });

  it("tries again, and says how often", async () => {
    const { objects, ports } = world({ failures: 2 });
    expect(await tell(tellingOf(), ports)).toBe("message m-1 at try 3");
    expect([...objects.values()].at(-1)).toContain('"tries": 3');
  });

  it("tells nobody twice of the same change, whatever it would say now", async () => {
    const { ports, sent } = world();
    await tell(tellingOf(), ports);
    expect(await tell(tellingOf({ subject: "alert" }), ports)).toBe("told before, 2026-11-23T12:00:10.000Z");
    expect(sent).toHaveLength(1);
  });

  it("sends what was stored and not sent, as it was stored", async () => {
    const { objects, ports, sent } = world({ failures: 3 });
    await expect(tell(tellingOf(), ports)).rejects.toThrow("no topic");
    expect(objects.size).toBe(1);
    await tell(tellingOf({ subject: "what a later run would say" }), ports);
    expect(sent.map(({ subject }) => subject)).toEqual([tellingOf().subject]);
  });

  it("tells of the completion of what was told as incomplete, once", async () => {
    const { ports, sent } = world();
    await tell(tellingOf({ complete: false, subject: "incomplete" }), ports);
    for (let run = 0; run < 2; run++) await tell(tellingOf({ subject: "complete" }), ports);
    await tell(tellingOf({ complete: false, subject: "incomplete" }), ports);
    expect(sent.map(({ subject }) => subject)).toEqual(["incomplete", "complete"]);
  });

  it("tells people though nothing can be stored, and says so", async () => {
    const { ports, sent } = world({ down: true });
    expect(await tell(tellingOf(), ports)).toMatch(
      /^message m-1, not stored: .*no bucket, no receipt: .*no bucket$/,
    );
    expect(sent).toHaveLength(1);
  });

  it("knows what was left, and empties it", async () => {
    const { ports, sent, store } = world({ failures: 3 });
    await tell(tellingOf(), ports).catch(() => undefined);
    await tell(tellingOf({ transition: "killSwitch-slowShare-20261123T120100000Z" }), ports);
    const left = await undelivered(folder, store);
    expect(left.map(({ transition }) => transition)).toEqual([tellingOf().transition]);
    for (const entry of left) await deliver(entry, ports);
    expect(await undelivered(folder, store)).toEqual([]);
    expect(sent).toHaveLength(2);
  });
});
