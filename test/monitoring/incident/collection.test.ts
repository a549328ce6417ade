import { describe, expect, it } from "vitest";
import type { Collected } from "../../../monitoring/incident/collected.ts";
import { type CollectionSources, collect, readCollected } from "../../../monitoring/incident/collection.ts";
import { draftPostmortem } from "../../../monitoring/incident/postmortem-draft.ts";
import { incidentMap, tellingOf } from "../../support/incidents.ts";

const incident = "2026-11-23T12:00:00.000Z";
const folder = `incidents/${incident}/collected`;

const parts: Collected = {
  run: {
    environment: "prod",
    way: "killSwitch",
    mode: "rollback",
    incident,
    transition: "killSwitch-rlsLeak-20261123T120000000Z",
    message: {
      AlarmName: "part-lens-prod-rlsLeak",
      AlarmArn: "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:part-lens-prod-rlsLeak",
      NewStateReason: "1 | 1",
      StateChangeTime: incident,
    },
    percentBefore: 20,
    cause: "rlsLeak",
    alsoFiring: ["serverErrors"],
    startedAt: "2026-11-23T12:00:05.000Z",
    steps: [
      { step: "cap0", ok: true, after: 12, milliseconds: 30, detail: "deployment 3" },
      { step: "proveV1", ok: false, after: 50, milliseconds: 3000, detail: "v1 answered 503" },
    ],
  },
  alarms: [
    { key: "rlsLeak", state: "ALARM", since: incident, reason: "1 datapoint" },
    { key: "silence", state: "OK", since: "2026-11-20T12:00:00.000Z", reason: "" },
  ],
  metrics: {
    from: "2026-11-23T11:45:00.000Z",
    to: "2026-11-23T12:01:00.000Z",
    v1: { requests: [["2026-11-23T11:59:00.000Z", 80]], "latency.p95": [["2026-11-23T11:59:00.000Z", 20.4]] },
    v2: { requests: [["2026-11-23T11:59:00.000Z", 21]], serverErrors: [["2026-11-23T11:59:00.000Z", 7]] },
  },
  exposure: {
    since: "2026-11-23T11:00:00.000Z",
    stage: "ramp-20",
    cohort: ["y-1", "y-2"],
    totals: { requests: 1234, serverErrors: 7 },
  },
  yachts: {
    from: "2026-11-23T11:10:00.000Z",
    counts: [
      { yacht: "y-2", requests: 900, failures: 7 },
      { yacht: "y-9", requests: 2, failures: 0 },
    ],
    cut: true,
  },
  logs: {
    from: "2026-11-23T11:50:00.000Z",
    failures: [{ at: "2026-11-23T11:59:30.000Z", message: '{"status":500}' }],
    crashes: [],
    own: [],
    cut: [],
  },
  mutations: {
    from: "2026-11-23T11:50:00.000Z",
    counts: [{ action: "consume_part", tenant: "aegean-charter", status: 200, count: 3 }],
    cut: true,
  },
  documents: { flags: { version: "4", hash: "abcabcabcabc", content: {} } },
  deployments: {
    rollout: [{ number: 4, version: "4", state: "BAKING", startedAt: "2026-11-23T11:00:01.000Z" }],
    killSwitch: [{ number: 2, version: "2", state: "COMPLETE", startedAt: "2026-11-23T12:00:05.000Z" }],
  },
  rollout: { advance: { to: "ramp-20", at: "2026-11-23T11:00:00.000Z" }, cohort: ["y-1", "y-2"] },
  stamps: { codeVersion: "c0de", migrationHash: "5a1", flagHash: "abcabcabcabc" },
  events: [{ kind: "advanced", at: "2026-11-23T11:00:00.000Z", actor: "ana", to: "ramp-20" }],
};

const sources = (over: Partial<CollectionSources> = {}): CollectionSources =>
  ({
    ...Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, async () => part])),
    ...over,
  }) as CollectionSources;

function world() {
  const objects = new Map<string, string>();
  const store = incidentMap(objects);
  const now = () => new Date("2026-11-23T12:00:20.000Z");
  return { objects, store, options: { incident, store, milliseconds: 50, now } };
}

describe("a collection", () => {
  it("is read back as it was written", async () => {
    const { objects, options, store } = world();
    expect(await collect(sources(), options)).toBe("12 files");
    expect(await readCollected(incident, store)).toEqual({ parts, missing: {} });
    // Canonical: keys in order, no space.
    expect(objects.get(`${folder}/stamps.json`)).toBe(
      '{"codeVersion":"c0de","flagHash":"abcabcabcabc","migrationHash":"5a1"}\n',
    );
  });

  it("lacks what failed, hung or was malformed, and nothing else", async () => {
    const { options, store } = world();
    const broken = sources({
      alarms: async () => {
        throw new RangeError("denied");
      },
      logs: () => new Promise(() => undefined),
      stamps: async () => ({ codeVersion: 5 }) as never,
    });
    expect(await collect(broken, options)).toMatch(/^9 files, missing: /);
    const { missing, parts: read } = await readCollected(incident, store);
    expect(missing).toEqual({
      alarms: "RangeError: denied",
      logs: "TimeLimitError: not done within 50 ms",
      stamps: expect.stringMatching(/^ZodError/),
    });
    expect(read.metrics).toEqual(parts.metrics);
  });

  it("keeps what an earlier run has written", async () => {
    const { options, store } = world();
    await collect(sources(), options);
    await collect(sources({ stamps: async () => ({ migrationHash: "later" }) }), options);
    expect((await readCollected(incident, store)).parts.stamps).toEqual(parts.stamps);
  });

  it("does not believe a file that was changed", async () => {
    const { objects, options, store } = world();
    await collect(sources(), options);
    objects.set(`${folder}/exposure.json`, '{"totals":{"requests":1}}\n');
    const { missing, parts: read } = await readCollected(incident, store);
    expect(missing).toEqual({ exposure: "the file is not the one that was written" });
    expect(read.exposure).toBeUndefined();
  });
});

describe("the postmortem's draft", () => {
  const draftOf = async (over: Partial<CollectionSources> = {}) => {
    const { objects, options, store } = world();
    await collect(sources(over), options);
    const told = tellingOf();
    objects.set(`incidents/${incident}/outbox/${told.transition}.json`, JSON.stringify(told));
    return objects.get(await draftPostmortem(incident, store)) ?? "";
  };

  it("says cause, timeline, exposure, data, who was told and what ran, all from the record", async () => {
    const draft = await draftOf();
    for (const line of [
      `# prod: rlsLeak, ${incident}`,
      "- Cause: **rlsLeak**, also firing: serverErrors",
      "**failed: proveV1**",
      "| 2026-11-23T11:00:00.000Z | advanced, to ramp-20, by ana | event log |",
      "| 2026-11-23T12:00:00.000Z | alarm rlsLeak: 1 datapoint | CloudWatch |",
      "| 2026-11-23T12:00:05.000Z | cap: deployment 2 of version 2 began | AppConfig |",
      "- Stage: ramp-20, since 2026-11-23T11:00:00.000Z",
      "- Yachts of the cohort, 2, requests from the log since 2026-11-23T11:10:00.000Z (**not the whole time**) (**cut off",
      "  - yacht `y-1`: 0 requests to v2, 0 failed",
      "  - yacht `y-2`: 900 requests to v2, 7 failed",
      "- Others whose requests reached v2:\n  - yacht `y-9`: 2 requests to v2, 0 failed",
      "- Of v2 since then: requests 1234, serverErrors 7",
      "| consume_part | aegean-charter | 200 | 3 |",
      "**cut off: there were more**",
      "and happened_at >= '2026-11-23T11:00:00.000Z'",
      "| 2026-11-23T11:59 | 80 | – | – | 20 | 21 | 7 | – | – |",
      "**not delivered**",
      "- Code: c0de",
      "- [the alarm](https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1#alarmsV2:alarm/part-lens-prod-rlsLeak)",
      "- [hashes of what was collected](collected/manifest.json)",
      "- [exposure](collected/exposure.json)",
      "- [what was told, with the receipts](outbox/)",
      "- [ ] Why did the step proveV1 fail? v1 answered 503",
      "- [ ] Nobody was told: Part Lens local",
      "- [ ] What was the root cause?",
    ])
      expect(draft).toContain(line);
    // The alarm that is not firing, and happened days before, is no part of it.
    expect(draft).not.toContain("silence");
  });

  it("is in the order of time", async () => {
    const rows = (await draftOf())
      .split("## Timeline")[1]!
      .split("##")[0]!
      .match(/^\| 2026\S+/gm)!;
    expect(rows.length).toBeGreaterThan(4);
    expect(rows).toEqual([...rows].sort());
  });

  it("asks for what is missing instead of inventing it", async () => {
    const fails = async () => {
      throw new Error("denied");
    };
    const draft = await draftOf({
      run: fails,
      exposure: fails,
      mutations: fails,
      metrics: fails,
      logs: fails,
    });
    expect(draft).toContain("- [ ] exposure is missing from the record: Error: denied");
    expect(draft).toContain("- Requests: not known: it was not collected");
    expect(draft).toContain("How many yachts were on v2?");
  });

  it("keeps a table whole whatever an alarm's reason contains", async () => {
    const alarms = async () => [{ key: "rlsLeak", state: "ALARM", since: incident, reason: "a | b\nc" }];
    expect(await draftOf({ alarms })).toContain("alarm rlsLeak: a \\| b c | CloudWatch |");
  });
});
