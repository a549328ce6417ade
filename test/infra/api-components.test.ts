import { beforeAll, describe, expect, it } from "vitest";
import type { Graph } from "../../infra/preview/graph.ts";
import { jobNames } from "../../monitoring/job-schedule.ts";
import { ofType, plannedEnvironment, the } from "../support/planned-environment.ts";

const ref = (type: string, name: string, property: string) => `\${ref:${type}::${name}::${property}}`;
const topicArn = (name: string) => ref("aws:sns/topic:Topic", name, "arn");

let service: Graph;

beforeAll(async () => {
  const { layers } = await plannedEnvironment("prod");
  service = layers.service.graph;
});

const inputsOf = (graph: Graph, type: string, name: string) => the(graph, type, name).inputs;
const policyOf = (graph: Graph, type: string, name: string) =>
  JSON.parse(String(inputsOf(graph, type, name).policy));

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

describe("a role", () => {
  interface Statement {
    readonly Effect: string;
    readonly Action: string | string[];
    readonly Resource: string | string[];
  }
  const list = (value: string | string[]) => (Array.isArray(value) ? value : [value]);
  /** Endings with a star that name one thing of ours and what lies in it. */
  const bounded =
    /(:log-stream:|\/deployment\/|\/rollout\/log\/|\/incidents\/(\*\/outbox\/)?|\/reports\/\w+\/|\/hostedconfigurationversion\/|log-group:[\w/-]+:|\$\{aws:PrincipalTag\/yacht_id\}\/)\*$/;
  /** What CloudWatch, its logs and X-Ray grant on everything or not at all. */
  const ungrantable = [
    ["cloudwatch:DescribeAlarms", "cloudwatch:GetMetricData"],
    ["logs:GetQueryResults"],
    ["xray:PutTelemetryRecords", "xray:PutTraceSegments"],
  ].map((actions) => JSON.stringify(actions));

  it("may do named things to named things: no wildcard action, no wildcard resource", () => {
    const policies = ofType(service, "aws:iam/rolePolicy:RolePolicy");
    expect(policies).toHaveLength(11 + 2 * jobNames.length);
    for (const { inputs } of policies) {
      for (const statement of JSON.parse(String(inputs.policy)).Statement as Statement[]) {
        for (const action of list(statement.Action)) expect(action).not.toContain("*");
        if (ungrantable.includes(JSON.stringify([...list(statement.Action)].sort()))) continue;
        for (const resource of list(statement.Resource)) {
          expect(resource.replace(bounded, "")).not.toContain("*");
        }
      }
    }
  });

  it("of the rollback function moves the kill switch, locks, tells people and collects, nothing that could raise", () => {
    const { Statement: statements } = policyOf(service, "aws:iam/rolePolicy:RolePolicy", "rollback");
    const actions = (statements as Statement[]).flatMap(({ Action }) => list(Action));
    expect([...new Set(actions)].sort()).toEqual([
      "appconfig:GetDeployment",
      "appconfig:GetHostedConfigurationVersion",
      "appconfig:ListDeployments",
      "appconfig:StartDeployment",
      "appconfig:StopDeployment",
      "cloudwatch:DescribeAlarms",
      "cloudwatch:GetMetricData",
      "kms:Decrypt",
      "kms:GenerateDataKey",
      "logs:CreateLogStream",
      "logs:FilterLogEvents",
      "logs:PutLogEvents",
      "s3:GetObject",
      "s3:ListBucket",
      "s3:PutObject",
      "sns:Publish",
      "ssm:GetParameter",
      "ssm:PutParameter",
    ]);
    const resources = JSON.stringify((statements as Statement[]).map(({ Resource }) => Resource));
    expect(resources).toContain("environment/${ref:aws:appconfig/environment:Environment::kill-switch::");
    const ofRollout = (statements as Statement[]).filter(({ Resource }) =>
      JSON.stringify(Resource).includes("Environment::rollout::"),
    );
    expect(ofRollout.flatMap(({ Action }) => list(Action))).toEqual([
      "appconfig:GetHostedConfigurationVersion",
      "appconfig:ListDeployments",
    ]);
    expect(resources).toContain("parameter/part-lens/prod/rollout/lock");
  });

  it("of the notifier reads, tells and keeps the record of incidents, and moves nothing", () => {
    const { Statement: statements } = policyOf(service, "aws:iam/rolePolicy:RolePolicy", "notifier");
    const actions = (statements as Statement[]).flatMap(({ Action }) => list(Action));
    expect([...new Set(actions)].sort()).toEqual([
      "appconfig:GetHostedConfigurationVersion",
      "appconfig:ListDeployments",
      "cloudwatch:DescribeAlarms",
      "cloudwatch:GetMetricData",
      "kms:Decrypt",
      "kms:GenerateDataKey",
      "logs:CreateLogStream",
      "logs:FilterLogEvents",
      "logs:PutLogEvents",
      "s3:GetObject",
      "s3:ListBucket",
      "s3:PutObject",
      "sns:Publish",
      "ssm:GetParameter",
    ]);
    const objects = (statements as Statement[]).filter(({ Action }) => list(Action).includes("s3:PutObject"));
    expect(objects.flatMap(({ Resource }) => list(Resource))).toEqual([
      expect.stringMatching(/\/incidents\/\*$/),
    ]);
  });

  it("of the judge deploys documents that exist, writes log and projection, tells people, and makes no document", () => {
    const { Statement: statements } = policyOf(service, "aws:iam/rolePolicy:RolePolicy", "judge");
    const actions = (statements as Statement[]).flatMap(({ Action }) => list(Action));
    expect([...new Set(actions)].sort()).toEqual([
      "appconfig:GetDeployment",
      "appconfig:GetLatestConfiguration",
      "appconfig:ListDeployments",
      "appconfig:ListHostedConfigurationVersions",
      "appconfig:StartConfigurationSession",
      "appconfig:StartDeployment",
      "appconfig:StopDeployment",
      "cloudwatch:DescribeAlarms",
      "cloudwatch:GetMetricData",
      "kms:Decrypt",
      "kms:GenerateDataKey",
      "lambda:InvokeFunction",
      "logs:CreateLogStream",
      "logs:PutLogEvents",
      "s3:GetObject",
      "s3:ListBucket",
      "s3:PutObject",
      "sns:Publish",
      "ssm:GetParameter",
      "ssm:GetParametersByPath",
      "ssm:PutParameter",
    ]);
    const written = (statements as Statement[]).filter(({ Action }) =>
      list(Action).includes("ssm:PutParameter"),
    );
    expect(written.flatMap(({ Resource }) => list(Resource)).map((arn) => arn.split("/").at(-1))).toEqual([
      "advance",
      "code",
      "cohort",
      "lock",
    ]);
    const objects = (statements as Statement[]).filter(({ Action }) => list(Action).includes("s3:PutObject"));
    expect(objects.flatMap(({ Resource }) => list(Resource))).toEqual([
      expect.stringMatching(/\/rollout\/log\/\*$/),
      expect.stringMatching(/\/incidents\/\*\/outbox\/\*$/),
    ]);
  });

  it("of the API reads two documents, signs in as one database role, opens secrets, takes the session role and tells what it did", () => {
    const { Statement: statements } = policyOf(service, "aws:iam/rolePolicy:RolePolicy", "api");
    const actions = (statements as Statement[]).flatMap(({ Action }) => list(Action));
    expect(actions.sort()).toEqual([
      "appconfig:GetLatestConfiguration",
      "appconfig:StartConfigurationSession",
      "kms:Decrypt",
      "logs:CreateLogStream",
      "logs:PutLogEvents",
      "rds-db:connect",
      "sts:AssumeRole",
      "sts:TagSession",
      "xray:PutTelemetryRecords",
      "xray:PutTraceSegments",
    ]);
    const signIn = (statements as (Statement & { Sid: string })[]).find(
      ({ Sid }) => Sid === "DatabaseSignIn",
    )!;
    const resourceId = (name: string) => ref("aws:rds/cluster:Cluster", name, "clusterResourceId");
    expect(signIn.Resource).toEqual(
      ["main", "charter"].map(
        (name) => `arn:aws:rds-db:eu-west-1:333333333333:dbuser:${resourceId(name)}/part_lens_api`,
      ),
    );
  });
});
