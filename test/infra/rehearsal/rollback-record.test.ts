import { describe, expect, it } from "vitest";
import { lacking, type RecordPlace } from "../../../infra/local/rehearsal/rollback-record.ts";
import type { IncidentFile, Told } from "../../../monitoring/incident/incident-file.ts";

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

  it.each<[string, IncidentFile | undefined, RecordPlace, RegExp]>([
    ["any record", undefined, place(), /nothing was written/],
    [
      "a message of a rollback",
      { ...whole, told: [{ ...told, mode: "alert" }] },
      place(),
      /nothing was written/,
    ],
    [
      "the proof of v1",
      {
        ...whole,
        told: [{ ...told, steps: [{ step: "proveV1", ok: false, detail: "it did not answer" }] }],
      },
      place(),
      /v1 was not proven/,
    ],
    ["a receipt", { ...whole, told: [{ ...told, receipts: [] }] }, place(), /no topic has taken over/],
    [
      "a contact that was not reached",
      whole,
      place([delivery("ops@example.org")]),
      /escalation@example.org was not told/,
    ],
    [
      "a contact that could not be reached",
      whole,
      place([delivery("ops@example.org", "gone"), delivery("escalation@example.org")]),
      /ops@example.org was not told/,
    ],
    [
      "a part of what is known",
      { ...whole, missing: { metrics: "TimeoutError: 15 s" } },
      place(),
      /not collected: metrics, TimeoutError/,
    ],
    ["the draft", { ...whole, hasPostmortem: false }, place(), /no postmortem/],
  ])("says when it lacks %s", (_, file, where, lacks) => {
    expect(lacking(file, where)).toEqual([expect.stringMatching(lacks)]);
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
    expect(lacking(whole, { topics, collects: true })).toEqual(["no contact hears what arn:alerts says"]);
  });
});
