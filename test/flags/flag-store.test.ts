import { beforeAll, describe, expect, it } from "vitest";
import { capDocument, rolloutDocument } from "../../flags/document.ts";
import { flagDocumentSchema } from "../../flags/document-schema.ts";
import type { Graph } from "../../infra/preview/graph.ts";
import { type AlarmKey, alarmKeys, alarms } from "../../monitoring/alarms.ts";
import { ofType, plannedEnvironment, the } from "../support/planned-environment.ts";

const metricAlarm = "aws:cloudwatch/metricAlarm:MetricAlarm";
const ref = (type: string, name: string, property: string) => `\${ref:${type}::${name}::${property}}`;

let service: Graph;

beforeAll(async () => {
  const { layers } = await plannedEnvironment("prod");
  service = layers.service.graph;
});

const inputsOf = (graph: Graph, type: string, name: string) => the(graph, type, name).inputs;

describe("the flag store", () => {
  const environment = "aws:appconfig/environment:Environment";
  const hosted = "aws:appconfig/hostedConfigurationVersion:HostedConfigurationVersion";

  it("watches the alarms that are marked as monitors, at most five, and only in the rollout's environment", () => {
    const marked = alarmKeys.filter((key: AlarmKey) => "monitor" in alarms[key]);
    const role = ref("aws:iam/role:Role", "flags-monitor", "arn");
    expect(marked.length).toBeLessThanOrEqual(5);
    expect(inputsOf(service, environment, "rollout").monitors).toEqual(
      marked.map((key) => ({ alarmArn: ref(metricAlarm, key, "arn"), alarmRoleArn: role })),
    );
    expect(inputsOf(service, environment, "kill-switch").monitors).toEqual([]);
  });

  it("has an all-at-once strategy for every bake of the plan", () => {
    const strategies = ofType(service, "aws:appconfig/deploymentStrategy:DeploymentStrategy");
    expect(strategies.map(({ inputs }) => inputs.finalBakeTimeInMinutes)).toEqual([0, 60, 1440]);
    for (const { inputs } of strategies) {
      expect(inputs).toMatchObject({
        deploymentDurationInMinutes: 0,
        growthFactor: 100,
        replicateTo: "NONE",
      });
    }
  });

  it("arms the kill switch once, and holds the tripped version ready", () => {
    const capOf = (name: string) => JSON.parse(String(inputsOf(service, hosted, name).content)).metadata.cap;
    expect([capOf("kill-switch-armed"), capOf("kill-switch-tripped")]).toEqual([100, 0]);
    const deployment = the(service, "aws:appconfig/deployment:Deployment", "kill-switch");
    expect(deployment.inputs.configurationVersion).toBe(ref(hosted, "kill-switch-armed", "versionNumber"));
    expect(deployment.ignoreChanges).toEqual(
      expect.arrayContaining(["configurationVersion", "deploymentStrategyId"]),
    );
    // Two versions made at the same moment would be given the same number.
    expect(the(service, hosted, "kill-switch-tripped").dependsOn).toContain(`${hosted}::kill-switch-armed`);
  });

  it("checks every document before AppConfig takes it", () => {
    for (const profile of ofType(service, "aws:appconfig/configurationProfile:ConfigurationProfile")) {
      const [validator] = profile.inputs.validators as { type: string; content: string }[];
      expect(validator?.type).toBe("JSON_SCHEMA");
      expect(JSON.parse(validator!.content).properties.flags.minProperties).toBe(1);
    }
  });
});

describe("the check of a document", () => {
  const flag = flagDocumentSchema.properties.flags.additionalProperties;
  const documents = {
    "the rollout's": rolloutDocument({ stage: "canary-5", cohort: ["a"], holdOuts: ["b"] }),
    "the armed cap": capDocument(100),
    "the tripped cap": capDocument(0),
  };

  it.each(Object.entries(documents))("accepts %s", (_name, text) => {
    const document = JSON.parse(text);
    expect(Object.keys(flagDocumentSchema.properties)).toEqual(expect.arrayContaining(Object.keys(document)));
    expect(Object.keys(document.flags).length).toBeGreaterThan(0);
    for (const found of Object.values<Record<string, unknown>>(document.flags)) {
      expect(Object.keys(found)).toEqual(expect.arrayContaining([...flag.required]));
      expect(Object.keys(flag.properties)).toEqual(expect.arrayContaining(Object.keys(found)));
      expect(flag.properties.state.enum).toContain(found.state);
    }
  });
});
