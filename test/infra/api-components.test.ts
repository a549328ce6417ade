import { beforeAll, describe, expect, it } from "vitest";
import type { Graph } from "../../infra/preview/graph.ts";
import { ofType, plannedEnvironment, the } from "../support/planned-environment.ts";

const ref = (type: string, name: string, property: string) => `\${ref:${type}::${name}::${property}}`;
const topicArn = (name: string) => ref("aws:sns/topic:Topic", name, "arn");

let service: Graph;

beforeAll(async () => {
  const { layers } = await plannedEnvironment("prod");
  service = layers.service.graph;
});

const inputsOf = (graph: Graph, type: string, name: string) => the(graph, type, name).inputs;

describe("a function", () => {
  const type = "aws:lambda/function:Function";

  it("serves the API on arm64 and Node 24, published, limited, and with more time than its handler's deadline", () => {
    expect(inputsOf(service, type, "api")).toMatchObject({
      name: "part-lens-prod-api",
      runtime: "nodejs24.x",
      architectures: ["arm64"],
      handler: "index.handler",
      publish: true,
      timeout: 8,
      reservedConcurrentExecutions: 200,
      loggingConfig: { logFormat: "Text", logGroup: "/aws/lambda/part-lens-prod-api" },
    });
    const gateway = inputsOf(service, "aws:apigatewayv2/integration:Integration", "api");
    expect(gateway).toMatchObject({ timeoutMilliseconds: 9000, payloadFormatVersion: "2.0" });
    expect(gateway.integrationUri).toBe(ref("aws:lambda/alias:Alias", "api", "invokeArn"));
  });

  it("rolls back from outside the network, which may be what is broken", () => {
    expect(inputsOf(service, type, "rollback")).not.toHaveProperty("vpcConfig");
    expect(inputsOf(service, type, "api")).toHaveProperty("vpcConfig");
  });

  it("is called by the rollback topic through its alias, and the topic may call it", () => {
    const alias = ref("aws:lambda/alias:Alias", "rollback", "arn");
    expect(inputsOf(service, "aws:sns/topicSubscription:TopicSubscription", "rollback")).toEqual({
      topic: topicArn("rollback"),
      protocol: "lambda",
      endpoint: alias,
    });
    expect(inputsOf(service, "aws:lambda/permission:Permission", "rollback")).toMatchObject({
      function: "part-lens-prod-rollback",
      qualifier: "live",
      principal: "sns.amazonaws.com",
      sourceArn: topicArn("rollback"),
    });
  });

  it("keeps its log for a limited time, in a group that is made for it", () => {
    for (const { inputs } of ofType(service, "aws:cloudwatch/logGroup:LogGroup")) {
      expect(inputs.retentionInDays).toBe(365);
    }
  });
});
