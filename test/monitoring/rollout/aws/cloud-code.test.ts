import { describe, expect, it } from "vitest";
import type { Telling } from "../../../../monitoring/incident/outbox.ts";
import { CloudPlace, type CloudPlaceParts } from "../../../../monitoring/rollout/aws/cloud-place.ts";
import {
  type ServiceFacts,
  servedCode,
  serviceFacts,
} from "../../../../monitoring/rollout/aws/service-facts.ts";
import type { RolloutEvent } from "../../../../monitoring/rollout/event.ts";

const tables = { master: 8, tenant: 10 };
const live = { version: 5, hash: "h5", migrationHash: "sql", tables };
const facts = {
  migrationHash: "sql",
  apiFunction: "part-lens-prod-api",
  code: { ...live, version: "5" },
} as unknown as ServiceFacts;
const document = { applicationId: "a", environmentId: "e", profileId: "p" };
/** What the service layer writes. */
const written = {
  apiUrl: "https://api.example.com",
  flags: { rollout: document, killSwitch: document, armedVersion: 1, trippedVersion: 2, strategyIds: {} },
  pin: { apiId: "a", integrationId: "i", liveUri: "u" },
  evidenceBucket: "evidence",
  alertsTopicArn: "arn:alerts",
  migrationHash: "sql",
  checksFunction: "checks",
};
const stamp = { at: "2026-11-23T12:00:00.000Z", actor: "ada" };

function placeOf(service: ServiceFacts) {
  const written: RolloutEvent[] = [];
  const moved: unknown[] = [];
  const parts: Partial<CloudPlaceParts> = {
    environment: "prod",
    service,
    log: { read: async () => written, append: async (event) => void written.push(event) },
    moveCode: async (...asked) => void moved.push(asked),
  };
  return { place: new CloudPlace(parts as CloudPlaceParts), written, moved };
}

describe("the contacts of an environment in AWS", () => {
  const telling = { subject: "down" } as Telling;

  it("are told by the topic that the service layer has written down", async () => {
    const published: unknown[] = [];
    const service = serviceFacts(JSON.stringify(written));
    const publish: CloudPlaceParts["publish"] = async (...asked) => {
      published.push(asked);
      return { channel: "sns", endpoint: asked[0], messageId: "m-1" };
    };
    const place = new CloudPlace({ environment: "prod", service, publish } as CloudPlaceParts);
    expect(await place.tell(telling)).toMatchObject({ endpoint: "arn:alerts", messageId: "m-1" });
    expect(published).toEqual([["arn:alerts", telling]]);
  });

  it("cannot be told by a service layer from before, which is still read", async () => {
    const { alertsTopicArn: _, ...before } = written;
    const service = serviceFacts(JSON.stringify(before));
    const place = new CloudPlace({ environment: "prod", service } as CloudPlaceParts);
    await expect(place.tell(telling)).rejects.toThrow("must be updated once before anybody can be told");
  });
});

describe("the code of an environment in AWS", () => {
  it("is named in the log's moves and verdicts, as the service layer put it out", async () => {
    const { place, written } = placeOf(facts);
    await place.log.append({ kind: "judged", ...stamp, stage: "full-100", verdict: "pass" });
    expect(written).toMatchObject([{ kind: "judged", code: live }]);
  });

  it("is moved back at once by its number, and says what is left to do", async () => {
    const { place, moved } = placeOf(facts);
    expect(await place.code?.served()).toEqual({ live, migrationHash: "sql" });
    const good = { ...live, version: 3, hash: "h3" };
    expect(await place.code?.putBack(good)).toBe("both aliases are at version 3 (h3)");
    expect(moved).toEqual([["part-lens-prod-api", 3]]);
    expect(await place.code?.declare(good)).toContain("set codeVersion to 3");
  });

  it("is unknown where the service layer does not know all of it, and then nothing is stamped or moved", async () => {
    const old = { migrationHash: "sql" } as unknown as ServiceFacts;
    for (const service of [old, { ...facts, code: { ...facts.code!, hash: null } }]) {
      expect(servedCode(service)).toBeUndefined();
      const { place, written } = placeOf(service);
      await place.log.append({ kind: "judged", ...stamp, stage: "full-100", verdict: "pass" });
      expect(written[0]).not.toHaveProperty("code");
      expect(await place.code?.served()).toBeUndefined();
    }
    await expect(placeOf(old).place.code?.putBack(live)).rejects.toThrow("must be updated once before");
  });
});
