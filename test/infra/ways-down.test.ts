/** The two ways down in the program: what each may do, and that they share nothing. */
import { beforeAll, describe, expect, it } from "vitest";
import type { Graph } from "../../infra/preview/graph.ts";
import {
  type PlannedEnvironment,
  plannedEnvironment,
  plannedLayer,
  the,
} from "../support/planned-environment.ts";

interface Statement {
  readonly Sid: string;
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
}

const ref = (type: string, name: string, property: string) => `\${ref:${type}::${name}::${property}}`;
const aliasType = "aws:lambda/alias:Alias";
const ssm = "arn:aws:ssm:eu-west-1:333333333333:parameter/part-lens/prod/rollout";

let prod: PlannedEnvironment["layers"];
let service: Graph;
beforeAll(async () => {
  prod = (await plannedEnvironment("prod")).layers;
  service = prod.service.graph;
});

const inputsOf = (type: string, name: string) => the(service, type, name).inputs;
/** What the role of that function may do besides writing its own log. */
function statementsOf(name: string): Statement[] {
  const { policy } = inputsOf("aws:iam/rolePolicy:RolePolicy", name);
  const { Statement: all } = JSON.parse(String(policy)) as { Statement: Statement[] };
  return all.filter(({ Sid }) => Sid !== "OwnLog");
}

describe("the pin's role", () => {
  it("may change that one integration, keep its record, put the known code back and tell people, and nothing else", () => {
    const api = ref("aws:apigatewayv2/api:Api", "api", "id");
    const integration = ref("aws:apigatewayv2/integration:Integration", "api", "id");
    const allowed = statementsOf("pin").map(({ Action, Resource }) => [Action, Resource]);
    expect(allowed).toEqual([
      ["apigateway:PATCH", `arn:aws:apigateway:eu-west-1::/apis/${api}/integrations/${integration}`],
      [["ssm:GetParameter", "ssm:PutParameter"], `${ssm}/pin`],
      ["ssm:GetParameter", `${ssm}/code`],
      ["lambda:UpdateAlias", ref("aws:lambda/function:Function", "api", "arn")],
      ["sns:Publish", ref("aws:sns/topic:Topic", "pin-alerts", "arn")],
      [["kms:Decrypt", "kms:GenerateDataKey"], ref("aws:kms/key:Key", "pin", "arn")],
    ]);
  });
});

describe("the two ways down", () => {
  const ways = ["rollback", "pin"] as const;

  it("share nothing that takes v2 down, and neither may do what the other does", () => {
    const [first, second] = ways.map((name) => statementsOf(name).flatMap(({ Resource }) => Resource));
    // Both read which code is known to be good, after v2 is off: one to record it, one to put it back.
    expect(first?.filter((resource) => second?.includes(resource))).toEqual([`${ssm}/code`]);
    const [rollback, pin] = ways.map((name) =>
      statementsOf(name)
        .flatMap(({ Action }) => Action)
        .join(" "),
    );
    expect(rollback).not.toContain("apigateway:");
    expect(pin).not.toContain("appconfig:");
  });

  it("have functions, roles, topics and keys of their own", () => {
    const own = ways.map((name) => [
      inputsOf("aws:lambda/function:Function", name).role,
      inputsOf("aws:lambda/function:Function", name).name,
      inputsOf("aws:sns/topicSubscription:TopicSubscription", name).topic,
      inputsOf("aws:sns/topic:Topic", name).kmsMasterKeyId,
    ]);
    expect(new Set(own.flat()).size).toBe(8);
    expect(own[1]?.slice(2)).toEqual([
      ref("aws:sns/topic:Topic", "pin", "arn"),
      ref("aws:kms/key:Key", "pin", "arn"),
    ]);
  });

  it("run outside the network, each with concurrency held free for it", () => {
    for (const name of ways) {
      const inputs = inputsOf("aws:lambda/function:Function", name);
      expect(inputs).not.toHaveProperty("vpcConfig");
      expect(inputs.reservedConcurrentExecutions).toBe(2);
    }
  });

  it("are each called by their own topic alone", () => {
    for (const name of ways) {
      expect(inputsOf("aws:lambda/permission:Permission", name)).toMatchObject({
        statementId: `${name}-topic`,
        principal: "sns.amazonaws.com",
        sourceArn: ref("aws:sns/topic:Topic", name, "arn"),
      });
    }
  });
});

describe("the alias v1only", () => {
  it("is of the same published version as live", () => {
    const [live, pinned] = ["api", "v1only"].map((name) => inputsOf(aliasType, name));
    expect(pinned).toEqual({ ...live, name: "v1only" });
    expect(live?.name).toBe("live");
  });

  it("may be called by the HTTP API from the start, before the integration is made", () => {
    const sourceArn = `${ref("aws:apigatewayv2/api:Api", "api", "executionArn")}/*/$default`;
    for (const [name, qualifier] of [
      ["api", "live"],
      ["api-pinned", "v1only"],
    ] as const) {
      const permission = the(service, "aws:lambda/permission:Permission", name);
      expect(permission.inputs).toMatchObject({
        qualifier,
        principal: "apigateway.amazonaws.com",
        sourceArn,
      });
      const integration = the(service, "aws:apigatewayv2/integration:Integration", "api");
      expect(integration.dependsOn).toContain(`aws:lambda/permission:Permission::${name}`);
    }
  });

  it("answers while the pin holds, as an update declares then, and live again once it is taken back", async () => {
    const pinned = { pinned: true, cause: "rlsLeak", at: "2026-11-23T12:00:00.000Z" };
    for (const [state, alias] of [
      [pinned, "v1only"],
      [{ pinned: false }, "api"],
    ] as const) {
      const parameters = { "/part-lens/prod/rollout/pin": JSON.stringify(state) };
      const { graph } = await plannedLayer(
        "prod",
        "service",
        { foundation: prod.foundation },
        { parameters },
      );
      const { inputs, secretInputs } = the(graph, "aws:apigatewayv2/integration:Integration", "api");
      expect(inputs.integrationUri).toBe(ref(aliasType, alias, "invokeArn"));
      expect(secretInputs).toEqual([]);
    }
  });
});
