import { describe, expect, it } from "vitest";
import type { NotLeft } from "../../../infra/local/faults/script.ts";
import {
  asked,
  type Lack,
  lacking,
  type RecordPlace,
  rollbackRecord,
} from "../../../infra/local/rehearsal/rollback-record.ts";
import type { Scene } from "../../../infra/local/rehearsal/scene.ts";
import type { IncidentFile, Told } from "../../../monitoring/incident/incident-file.ts";
import { incidentFiles } from "../../../monitoring/incident/incident-folder.ts";
import type { IncidentStore } from "../../../monitoring/incident/incident-store.ts";
import { incidentMap, tellingOf } from "../../support/incidents.ts";

const at = "2026-11-23T14:00:00.000Z";
const topic = "arn:alerts";
const told: Told = {
  incident: at,
  transition: "control-p95",
  way: "control",
  mode: "rollback",
  cause: "p95",
  complete: true,
  severity: "critical",
  subject: "rolled back",
  body: "the whole message",
  steps: [{ step: "proveV1", ok: true, detail: "v1 answered" }],
  writtenAt: at,
  receipts: [{ channel: "sns", endpoint: topic, messageId: "m-1", at, tries: 1 }],
};
const whole: IncidentFile = { incident: at, parts: {}, missing: {}, told: [told], hasPostmortem: true };

const mail = (endpoint: string, filterPolicy?: string) => ({
  arn: endpoint,
  topic,
  protocol: "email",
  endpoint,
  filterPolicy,
});
const critical = JSON.stringify({ severity: ["critical"] });
const subscriptions = [
  mail("ops@example.org"),
  mail("escalation@example.org", critical),
  { ...mail("notifier"), protocol: "lambda" },
];
const delivery = (endpoint: string, error?: string) => ({
  ...{ topic, protocol: "email", endpoint, message: told.body, at: 0 },
  ...(error && { error }),
});
const all = [delivery("ops@example.org"), delivery("escalation@example.org")];

function place(deliveries: readonly object[] = all, collects = true): RecordPlace {
  const topics = { deliveries, subscriptionsOf: () => subscriptions };
  return { topics: topics as RecordPlace["topics"], collects };
}

describe("the record of a rollback", () => {
  it("is whole when v1 was proven, everyone was told, all was collected, and a postmortem was drafted", () => {
    expect(lacking(whole, place())).toEqual([]);
  });

  it.each<[string, IncidentFile | undefined, RecordPlace, Lack["part"], RegExp]>([
    ["any record", undefined, place(), "record", /nothing was written/],
    [
      "a message of a rollback",
      { ...whole, told: [{ ...told, mode: "alert" }] },
      place(),
      "record",
      /nothing was written/,
    ],
    [
      "the proof of v1",
      {
        ...whole,
        told: [{ ...told, steps: [{ step: "proveV1", ok: false, detail: "it did not answer" }] }],
      },
      place(),
      "v1",
      /v1 was not proven/,
    ],
    [
      "a receipt",
      { ...whole, told: [{ ...told, receipts: [] }] },
      place(),
      "contacts",
      /no topic has taken over/,
    ],
    [
      "a contact that was not reached",
      whole,
      place([delivery("ops@example.org")]),
      "contacts",
      /escalation@example.org was not told/,
    ],
    [
      "a contact that could not be reached",
      whole,
      place([delivery("ops@example.org", "gone"), delivery("escalation@example.org")]),
      "contacts",
      /ops@example.org was not told/,
    ],
    [
      "a part of what is known",
      { ...whole, missing: { metrics: "TimeoutError: 15 s" } },
      place(),
      "metrics",
      /not collected: metrics, TimeoutError/,
    ],
    [
      "the whole collection",
      { ...whole, missing: { everything: "nothing was collected" } },
      place(),
      "collection",
      /not collected: everything/,
    ],
    ["the draft", { ...whole, hasPostmortem: false }, place(), "postmortem", /no postmortem/],
  ])("says when it lacks %s", (_, file, where, part, text) => {
    expect(lacking(file, where)).toEqual([{ part, text: expect.stringMatching(text) }]);
  });

  it("does not ask a contact that hears only what is critical about a warning", () => {
    const warning = { ...told, severity: "warning" as const };
    expect(lacking({ ...whole, told: [warning] }, place([delivery("ops@example.org")]))).toEqual([]);
  });

  it("holds nobody to collections and drafts where the function that makes them does not run", () => {
    const nothing = { ...whole, missing: { everything: "nothing was collected" }, hasPostmortem: false };
    expect(lacking(nothing, place(all, false))).toEqual([]);
  });

  it("says when nobody is subscribed", () => {
    const topics = { deliveries: all, subscriptionsOf: () => [] } as unknown as RecordPlace["topics"];
    expect(lacking(whole, { topics, collects: true })).toEqual([
      { part: "contacts", text: "no contact hears what arn:alerts says" },
    ]);
  });

  it("is asked for everything that its fault does not make impossible", () => {
    const lacks = lacking({ ...whole, missing: { logs: "denied" }, hasPostmortem: false }, place());
    expect(asked(lacks, {})).toEqual(["not collected: logs, denied", "no postmortem was drafted"]);
    for (const notLeft of [{ collection: "nobody may read" }, { logs: "nobody may read them" }])
      expect(asked(lacks, notLeft)).toEqual(["no postmortem was drafted"]);
    expect(asked(lacks, { metrics: "there are none" })).toHaveLength(2);
  });
});

describe("waiting for the record of a rollback", () => {
  const written = tellingOf({ incident: at, steps: told.steps });
  const receipt = told.receipts[0];

  /** A minute that passes brings one more of the objects. */
  function stand(arriving: readonly (readonly [string, unknown])[], notLeft?: NotLeft) {
    const objects = new Map<string, string>();
    const coming = [...arriving];
    let minutes = 0;
    const topics = {
      deliveries: [{ ...delivery("ops@example.org"), message: written.body }],
      subscriptionsOf: () => [mail("ops@example.org")],
    };
    const hold = async () => {
      minutes += 1;
      const [key, value] = coming.shift() ?? [];
      if (key) objects.set(key, JSON.stringify(value));
    };
    const options = { script: notLeft && { notLeft } };
    const parts = { stack: { aws: { topics } }, collects: false, options };
    const scene = { hold, parts } as unknown as Scene;
    return { scene, store: incidentMap(objects), passed: () => minutes };
  }

  const outbox = [incidentFiles.outbox(at, written.transition), written] as const;
  const taken = [incidentFiles.receipt(at, written.transition, "sns"), receipt] as const;

  it("ends as soon as it is whole", async () => {
    const { passed, scene, store } = stand([outbox, taken]);
    expect(await rollbackRecord(scene, at, store)).toEqual({ incident: at, lacks: [], notAsked: {} });
    expect(passed()).toBe(2);
  });

  it("ends after five minutes with what is missing", async () => {
    const { passed, scene, store } = stand([outbox]);
    const { lacks } = await rollbackRecord(scene, at, store);
    expect(lacks).toEqual([expect.stringMatching(/no topic has taken over/)]);
    expect(passed()).toBe(5);
  });

  it("does not wait for what its fault makes impossible, and says what that is", async () => {
    const notLeft = { record: "its storage fails" };
    const { passed, scene } = stand([], notLeft);
    const store = { list: () => Promise.reject(new Error("down")) } as unknown as IncidentStore;
    expect(await rollbackRecord(scene, at, store)).toMatchObject({ lacks: [], notAsked: notLeft });
    expect(passed()).toBe(0);
  });

  it("takes a record that cannot be read for none", async () => {
    const { scene } = stand([]);
    const store = { list: () => Promise.reject(new Error("down")) } as unknown as IncidentStore;
    const { lacks } = await rollbackRecord(scene, at, store);
    expect(lacks).toEqual([expect.stringMatching(/the record cannot be read: Error: down/)]);
  });
});
