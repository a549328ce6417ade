import { describe, expect, it } from "vitest";
import { hear, sweep, type TopicRecord } from "../../../monitoring/incident/notifier-procedure.ts";
import type { Telling } from "../../../monitoring/incident/outbox.ts";
import { incidentMap, tellingOf } from "../../support/incidents.ts";

const prefix = "part-lens-local-";
const incident = "2026-11-23T12:00:00.000Z";

/** A chat that keeps what it is told, fails some times, or is not there. */
function world({ configured = true, failures = 0 } = {}) {
  const objects = new Map<string, string>();
  const posted: Telling[] = [];
  let left = failures;
  const post = async (told: Telling) => {
    if (left-- > 0) throw new Error("chat.example answered 503");
    if (!configured) return undefined;
    posted.push(told);
    return { endpoint: "chat.example", messageId: "HTTP 200" };
  };
  const now = () => new Date("2026-11-23T12:00:20.000Z");
  return {
    objects,
    posted,
    ports: { store: incidentMap(objects), post, tries: 3, pauseMilliseconds: 0, now },
  };
}

const record = (way: string, over: Partial<TopicRecord["Sns"]> = {}): TopicRecord => ({
  Sns: {
    MessageId: "m-7",
    TopicArn: "arn:alerts",
    Subject: "Part Lens local: pinned to v1",
    Message: "Cause: rlsLeak",
    Timestamp: "2026-11-23T12:00:09.000Z",
    MessageAttributes: Object.fromEntries(
      Object.entries({
        severity: "critical",
        mode: "rollback",
        incident,
        way,
        transition: `${way}-rlsLeak-20261123T120000000Z`,
      }).map(([name, Value]) => [name, { Value }]),
    ),
    ...over,
  },
});

describe("the notifier", () => {
  it("takes what the kill switch says to the chat, with a receipt beside the entry that is there", async () => {
    const { objects, ports, posted } = world();
    expect(await hear(record("killSwitch"), prefix, ports)).toMatch(/: posted$/);
    expect(posted).toMatchObject([{ way: "killSwitch", cause: "rlsLeak", severity: "critical" }]);
    expect([...objects]).toEqual([
      [
        `incidents/${incident}/outbox/killSwitch-rlsLeak-20261123T120000000Z.chat.json`,
        expect.stringContaining('"messageId": "HTTP 200"'),
      ],
    ]);
  });

  it("enters what the pin says into the record, with the topic's receipt: the pin itself knows no bucket", async () => {
    const { objects, ports } = world({ configured: false });
    expect(await hear(record("pin"), prefix, ports)).toMatch(/no webhook is configured$/);
    const keys = [...objects.keys()].map((key) => key.split("/").at(-1));
    expect(keys).toEqual([
      "pin-rlsLeak-20261123T120000000Z.json",
      "pin-rlsLeak-20261123T120000000Z.sns.json",
    ]);
    expect([...objects.values()].at(-1)).toContain('"messageId": "m-7"');
  });

  it("tells of an alarm that speaks for itself, by its own time, and of none that recovers", async () => {
    const { objects, ports, posted } = world();
    const alarm = (NewStateValue: string) =>
      record("alert", {
        MessageAttributes: {},
        Message: JSON.stringify({
          AlarmName: "part-lens-local-unsignedAttempt",
          NewStateValue,
          NewStateReason: "1 > 0",
          StateChangeTime: "2026-11-23T12:00:00.000+0000",
        }),
      });
    expect(await hear(alarm("OK"), prefix, ports)).toBeUndefined();
    await hear(alarm("ALARM"), prefix, ports);
    expect(posted).toMatchObject([{ way: "alert", cause: "unsignedAttempt", severity: "warning", incident }]);
    expect(objects.size).toBe(3);
  });

  it("is silent about what is neither", async () => {
    const { objects, ports } = world();
    const stray = record("x", { MessageAttributes: {}, Message: "hello" });
    expect(await hear(stray, prefix, ports)).toBeUndefined();
    expect(objects.size).toBe(0);
  });

  it("tells the chat once, however often the topic says it", async () => {
    const { ports, posted } = world();
    for (let time = 0; time < 3; time++) await hear(record("pin"), prefix, ports);
    expect(posted).toHaveLength(1);
  });

  it("tries again, and rejects when the chat stays down, so that Lambda runs it again", async () => {
    const { objects, ports } = world({ failures: 2 });
    await hear(record("pin"), prefix, ports);
    expect([...objects.values()].at(-1)).toContain('"tries": 3');
    const { ports: dead } = world({ failures: 9 });
    await expect(hear(record("pin"), prefix, dead)).rejects.toThrow("503");
  });
});

describe("the sweep", () => {
  it("sends what was left minutes ago, and leaves alone what may still be on its way", async () => {
    const objects = new Map<string, string>();
    const store = incidentMap(objects);
    const entry = (name: string, writtenAt: string) => {
      const told = tellingOf({ transition: name, writtenAt });
      objects.set(`incidents/${incident}/outbox/${name}.json`, JSON.stringify(told));
    };
    entry("old", "2026-11-23T12:00:00.000Z");
    entry("young", "2026-11-23T12:09:00.000Z");
    const sent: string[] = [];
    const send = async ({ transition }: Telling) => {
      sent.push(transition);
      return { channel: "sns", endpoint: "arn:topic", messageId: "m" } as const;
    };
    const now = () => new Date("2026-11-23T12:10:00.000Z");
    const ports = { store, send, tries: 1, pauseMilliseconds: 0, now };
    expect(await sweep([`incidents/${incident}/`], ports)).toEqual(["old: message m"]);
    expect(await sweep([`incidents/${incident}/`], ports)).toEqual([]);
    expect(sent).toEqual(["old"]);
  });
});
