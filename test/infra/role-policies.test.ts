import { beforeAll, describe, expect, it } from "vitest";
import type { Graph } from "../../infra/preview/graph.ts";
import { jobNames } from "../../monitoring/job-schedule.ts";
import { ofType, plannedEnvironment, the } from "../support/planned-environment.ts";

interface Statement {
  readonly Sid?: string;
  readonly Effect: string;
  readonly Action: string | string[];
  readonly Resource: string | string[];
}

const type = "aws:iam/rolePolicy:RolePolicy";
let service: Graph;

beforeAll(async () => {
  const { layers } = await plannedEnvironment("prod");
  service = layers.service.graph;
});

const list = (value: string | string[]) => (Array.isArray(value) ? value : [value]);
const statementsIn = (policy: unknown) => JSON.parse(String(policy)).Statement as Statement[];
const statementsOf = (role: string) => statementsIn(the(service, type, role).inputs.policy);
const actionsOf = (statements: readonly Statement[]) => statements.flatMap(({ Action }) => list(Action));

/** What a role may do an action to. */
const resourcesOf = (role: string, action: string) =>
  statementsOf(role)
    .filter(({ Action }) => list(Action).includes(action))
    .flatMap(({ Resource }) => list(Resource));

/** Endings with a star that name one thing of ours and what lies in it. */
const bounded =
  /(:log-stream:|\/deployment\/|\/rollout\/log\/|\/incidents\/(\*\/outbox\/)?|\/reports\/\w+\/|\/hostedconfigurationversion\/|log-group:[\w/-]+:|\$\{aws:PrincipalTag\/yacht_id\}\/)\*$/;
/** What CloudWatch, its logs and X-Ray grant on everything or not at all. */
const ungrantable = [
  ["cloudwatch:DescribeAlarms", "cloudwatch:GetMetricData"],
  ["logs:GetQueryResults"],
  ["xray:PutTelemetryRecords", "xray:PutTraceSegments"],
].map((actions) => JSON.stringify(actions));

/** All that each may do. */
const permitted: Readonly<Record<string, readonly string[]>> = {
  // Moves the kill switch, locks, tells people and collects, nothing that could raise.
  rollback: [
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
  ],
  // Reads, tells and keeps the record of incidents, and moves nothing.
  notifier: [
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
  ],
  // Deploys documents that exist, writes log and projection, tells people, and makes no document.
  judge: [
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
    "ssm:GetParameterHistory",
    "ssm:GetParametersByPath",
    "ssm:PutParameter",
  ],
  // Reads two documents, signs in as one database role, opens secrets, takes the session role and tells what it did.
  api: [
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
  ],
};

it("a role may do named things to named things: no wildcard action, no wildcard resource", () => {
  const policies = ofType(service, type);
  expect(policies).toHaveLength(11 + 2 * jobNames.length);
  for (const statement of policies.flatMap(({ inputs }) => statementsIn(inputs.policy))) {
    for (const action of list(statement.Action)) expect(action).not.toContain("*");
    if (ungrantable.includes(JSON.stringify([...list(statement.Action)].sort()))) continue;
    for (const resource of list(statement.Resource)) expect(resource.replace(bounded, "")).not.toContain("*");
  }
});

it.each(Object.entries(permitted))(
  "the role of %s has the permissions of its table and no other",
  (role, actions) => {
    expect([...new Set(actionsOf(statementsOf(role)))].sort()).toEqual(actions);
  },
);

describe("the role of", () => {
  it("the rollback function deploys to the kill switch, and of the rollout's environment only reads", () => {
    const resources = JSON.stringify(statementsOf("rollback").map(({ Resource }) => Resource));
    expect(resources).toContain("environment/${ref:aws:appconfig/environment:Environment::kill-switch::");
    const ofRollout = statementsOf("rollback").filter(({ Resource }) =>
      JSON.stringify(Resource).includes("Environment::rollout::"),
    );
    expect(actionsOf(ofRollout)).toEqual([
      "appconfig:GetHostedConfigurationVersion",
      "appconfig:ListDeployments",
    ]);
    expect(resources).toContain("parameter/part-lens/prod/rollout/lock");
  });

  it("the notifier writes objects of incidents alone", () => {
    expect(resourcesOf("notifier", "s3:PutObject")).toEqual([expect.stringMatching(/\/incidents\/\*$/)]);
  });

  it("the judge writes four parameters, and objects of the log and the outbox alone", () => {
    const parameters = resourcesOf("judge", "ssm:PutParameter").map((arn) => arn.split("/").at(-1));
    expect(parameters).toEqual(["advance", "code", "cohort", "lock"]);
    expect(resourcesOf("judge", "s3:PutObject")).toEqual([
      expect.stringMatching(/\/rollout\/log\/\*$/),
      expect.stringMatching(/\/incidents\/\*\/outbox\/\*$/),
    ]);
  });

  it("the API signs in to each cluster as one database role", () => {
    const signIn = statementsOf("api").find(({ Sid }) => Sid === "DatabaseSignIn")!;
    const cluster = (name: string) => `\${ref:aws:rds/cluster:Cluster::${name}::clusterResourceId}`;
    expect(signIn.Resource).toEqual(
      ["main", "charter"].map(
        (name) => `arn:aws:rds-db:eu-west-1:333333333333:dbuser:${cluster(name)}/part_lens_api`,
      ),
    );
  });
});
