import { afterAll, beforeAll, describe, expect, it } from "vitest";
import program from "../../../infra/index.ts";
import { layers } from "../../../infra/naming.ts";
import { catalogue } from "../../../infra/policies/catalogue.ts";
import { type Judged, judgedEnvironment } from "../../../infra/policies/evaluation.ts";
import { leftOut } from "../../../infra/policies/pack/left-out.ts";
import type { PlannedResource } from "../../../infra/preview/graph.ts";
import { type Analyzer, startAnalyzer } from "./analyzer.ts";
import { deployed, previewed } from "./described-graph.ts";

const environments = ["dev", "prod"] as const;
const judged = {} as Record<(typeof environments)[number], Judged>;
let analyzer: Analyzer;

beforeAll(async () => {
  analyzer = await startAnalyzer("infra/policies/pack");
  for (const environment of environments)
    judged[environment] = await judgedEnvironment({ environment, program });
});
afterAll(() => analyzer?.stop());

const stacks = environments.flatMap((environment) => layers.map((layer) => [environment, layer] as const));

/** The resources of prod's service layer with other inputs for one of them. */
function changed(type: string, inputs: object, options: Partial<PlannedResource> = {}): PlannedResource[] {
  const all = [...judged.prod.layers.service];
  const index = all.findIndex((resource) => resource.type === type);
  const one = all[index]!;
  all[index] = { ...one, ...options, inputs: { ...one.inputs, ...inputs } };
  return all;
}

describe("the policy pack, run as the engine runs it", () => {
  it("has every rule of the catalogue but those that the engine cannot answer", async () => {
    const left = Object.keys(leftOut);
    const ids = catalogue.map(({ id }) => id);
    expect(ids).toEqual(expect.arrayContaining(left));
    expect([...(await analyzer.policies())].sort()).toEqual(ids.filter((id) => !left.includes(id)).sort());
  });

  it.each(stacks)("finds nothing in %s-%s once it is deployed", async (environment, layer) => {
    expect(await analyzer.analyze(deployed(judged[environment].layers[layer]))).toEqual([]);
  });

  it.each(stacks)(
    "refuses nothing in the first preview of %s-%s, and says what it cannot judge yet",
    async (environment, layer) => {
      const said = await analyzer.analyze(previewed(judged[environment].layers[layer]));
      expect(said.filter(({ mandatory }) => mandatory)).toEqual([]);
      for (const { message } of said) expect(message).toMatch(/can't be known during preview/);
    },
  );

  it.each([
    [
      "no-public-bucket",
      "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
      { blockPublicAcls: false },
      {},
    ],
    ["missing-data-treated", "aws:cloudwatch/metricAlarm:MetricAlarm", { treatMissingData: "" }, {}],
    [
      "alarm-actions-deliverable",
      "aws:cloudwatch/metricAlarm:MetricAlarm",
      { alarmActions: ["arn:aws:sns:none"] },
      {},
    ],
    ["key-rotated", "aws:kms/key:Key", { enableKeyRotation: false }, {}],
    ["deletion-protection", "aws:s3/bucket:Bucket", {}, { protect: false }],
    ["tagged", "aws:s3/bucket:Bucket", {}, { provider: "none" }],
  ])("refuses what breaks %s, in a preview and in an update", async (rule, type, inputs, options) => {
    const resources = changed(type, inputs, options);
    for (const described of [deployed(resources), previewed(resources)]) {
      const refused = (await analyzer.analyze(described)).filter(({ mandatory }) => mandatory);
      expect([...new Set(refused.map(({ policy }) => policy))]).toEqual([rule]);
      expect(refused.every(({ urn }) => urn.startsWith("urn:pulumi:"))).toBe(true);
    }
  });

  it("has no word for a stack that is not Part Lens's", async () => {
    const bucket = changed("aws:sns/topic:Topic", { kmsMasterKeyId: null });
    const foreign = deployed(bucket).map((one) => ({
      ...one,
      urn: one.urn.replace("prod-service", "another"),
    }));
    expect(await analyzer.analyze(foreign)).toEqual([]);
  });
});
