import { ErrorCode, OpenFeature, ProviderEvents, ProviderStatus } from "@openfeature/server-sdk";
import { describe, expect, it } from "vitest";
import { capDocument, rolloutDocument } from "../../flags/document.ts";
import { DocumentProvider, MalformedDocumentError } from "../../flags/provider.ts";

const good = rolloutDocument({ stage: "ramp-20", cohort: ["a", "b"], holdOuts: ["b"] });
let domains = 0;

const made = () => new DocumentProvider("test", ["PART_LENS_V2", "PART_LENS_V2_ENABLED_PERCENT"]);

async function bound(provider: DocumentProvider) {
  const domain = `provider-test-${++domains}`;
  await OpenFeature.setProviderAndWait(domain, provider).catch(() => undefined);
  return OpenFeature.getClient(domain);
}

describe("DocumentProvider", () => {
  it("serves the flags of its document through OpenFeature", async () => {
    const provider = made();
    provider.replace(good);
    const client = await bound(provider);
    const on = (yachtId: string) =>
      client.getBooleanValue("PART_LENS_V2", false, { targetingKey: yachtId, yachtId });
    expect(client.providerStatus).toBe(ProviderStatus.READY);
    expect([await on("a"), await on("b"), await on("c")]).toEqual([true, false, false]);
    expect(await client.getNumberDetails("PART_LENS_V2_ENABLED_PERCENT", 0)).toMatchObject({
      value: 20,
      flagMetadata: { stage: "ramp-20", percent: 20 },
    });
  });

  it("is off for a request that names no yacht", async () => {
    const provider = made();
    provider.replace(good);
    expect(await (await bound(provider)).getBooleanValue("PART_LENS_V2", true)).toBe(false);
  });

  it("is not ready without a document, answers with the default, and becomes ready with the first", async () => {
    const provider = made();
    const client = await bound(provider);
    expect(client.providerStatus).toBe(ProviderStatus.ERROR);
    expect(await client.getBooleanDetails("PART_LENS_V2", false)).toMatchObject({
      value: false,
      errorCode: ErrorCode.PROVIDER_NOT_READY,
    });
    const ready = new Promise((resolve) => client.addHandler(ProviderEvents.Ready, resolve));
    provider.replace(good);
    await ready;
    expect(client.providerStatus).toBe(ProviderStatus.READY);
  });

  it("answers a missing key with the default and FLAG_NOT_FOUND", async () => {
    const provider = made();
    provider.replace(good);
    expect(await (await bound(provider)).getBooleanDetails("PART_LENS_V3", true)).toMatchObject({
      value: true,
      errorCode: ErrorCode.FLAG_NOT_FOUND,
    });
  });

  it("answers a question of the wrong type with the default and TYPE_MISMATCH", async () => {
    const provider = made();
    provider.replace(good);
    const client = await bound(provider);
    const context = { yachtId: "a" };
    expect(await client.getStringDetails("PART_LENS_V2", "x", context)).toMatchObject({
      value: "x",
      errorCode: ErrorCode.TYPE_MISMATCH,
    });
    expect((await client.getNumberDetails("PART_LENS_V2", 7, context)).value).toBe(7);
    expect((await client.getObjectDetails("PART_LENS_V2_ENABLED_PERCENT", {})).value).toEqual({});
  });

  it.each([
    ["an empty text", ""],
    ["no JSON", "not json"],
    ["an empty object, which flagd takes for no flags at all", "{}"],
    ["an empty array", "[]"],
    ["flags in an array", '{"flags":[]}'],
    ["flags without ours", '{"flags":{}}'],
    ["another document of ours", capDocument(100)],
    ["an operator that flagd does not know", good.replace('"if"', '"when"')],
    ["a disabled flag", good.replace("ENABLED", "DISABLED")],
    ["a boolean flag with text in it", good.replace('"on": true', '"on": "yes"')],
    [
      "a number flag with booleans in it",
      good.replace(/"variants": \{\s+"off": 0[^}]+\}/, '"variants":{"ramp-20":true}'),
    ],
  ])("refuses %s and keeps the flags it had", async (_, content) => {
    const provider = made();
    provider.replace(good);
    expect(content).not.toBe(good);
    expect(() => provider.replace(content)).toThrow(MalformedDocumentError);
    expect(await (await bound(provider)).getBooleanValue("PART_LENS_V2", false, { yachtId: "a" })).toBe(true);
  });

  it("tells listeners of a change, of staleness and of its end", async () => {
    const provider = made();
    provider.replace(good);
    const client = await bound(provider);
    const seen = (event: ProviderEvents) => new Promise((resolve) => client.addHandler(event, resolve));
    const changed = seen(ProviderEvents.ConfigurationChanged);
    provider.replace(rolloutDocument({ stage: "ramp-50", cohort: [], holdOuts: [] }));
    await changed;
    const stale = seen(ProviderEvents.Stale);
    provider.markStale();
    await stale;
    expect(client.providerStatus).toBe(ProviderStatus.STALE);
    const ready = seen(ProviderEvents.Ready);
    provider.markReady();
    await ready;
    expect(client.providerStatus).toBe(ProviderStatus.READY);
  });
});
