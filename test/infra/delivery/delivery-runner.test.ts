import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { updateReach } from "../../../infra/delivery/reach.ts";
import { environments } from "../../../infra/naming.ts";
import type { Graph } from "../../../infra/preview/graph.ts";
import {
  ofType,
  type PlannedEnvironment,
  plannedEnvironment,
  the,
} from "../../support/planned-environment.ts";

const projectType = "aws:codebuild/project:Project";
const policyType = "aws:iam/rolePolicy:RolePolicy";
const account = "333333333333";
const project = `arn:aws:codebuild:eu-west-1:${account}:project/part-lens-prod-delivery`;
const ref = (type: string, name: string, property: string) => `\${ref:${type}::${name}::${property}}`;
const group = (name: string) => ref("aws:ec2/securityGroup:SecurityGroup", name, "id");

interface Statement {
  readonly Sid: string;
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: unknown;
}

let prod: PlannedEnvironment;
let graph: Graph;

beforeAll(async () => {
  prod = await plannedEnvironment("prod");
  graph = prod.layers.foundation.graph;
});

const statementsOf = (type: string, name: string) =>
  (JSON.parse(String(the(graph, type, name).inputs.policy)) as { Statement: Statement[] }).Statement;
const own = (sid: string) => statementsOf(policyType, "delivery").find(({ Sid }) => Sid === sid);

describe("the delivery runner", () => {
  it("builds the repository of the configuration, inside the network, without privileges", () => {
    expect(the(graph, projectType, "delivery").inputs).toMatchObject({
      name: "part-lens-prod-delivery",
      source: {
        type: "GITHUB",
        location: "https://github.com/part-lens-example/part-lens.git",
        auth: {
          type: "CODECONNECTIONS",
          resource: `arn:aws:codeconnections:eu-west-1:${account}:connection/00000000-0000-0000-0000-000000000000`,
        },
        buildspec: "infra/delivery/buildspec.yml",
        gitCloneDepth: 0,
      },
      sourceVersion: "main",
      artifacts: { type: "NO_ARTIFACTS" },
      environment: {
        type: "ARM_CONTAINER",
        privilegedMode: false,
        environmentVariables: [
          { name: "STACK_ENVIRONMENT", value: "prod", type: "PLAINTEXT" },
          { name: "DELIVERY_MODE", value: "update", type: "PLAINTEXT" },
          { name: "DELIVERY_BRANCH", value: "main", type: "PLAINTEXT" },
          { name: "PULUMI_BACKEND_URL", value: "s3://part-lens-prod-pulumi-state", type: "PLAINTEXT" },
        ],
      },
      vpcConfig: {
        vpcId: ref("aws:ec2/vpc:Vpc", "network", "id"),
        subnets: [ref("aws:ec2/subnet:Subnet", "network-delivery", "id")],
        securityGroupIds: [group("network-delivery")],
      },
      encryptionKey: ref("aws:kms/key:Key", "delivery", "arn"),
      serviceRole: ref("aws:iam/role:Role", "delivery", "arn"),
    });
  });

  it("writes a log of ours, kept as long as the configuration says, under a key of its own", () => {
    expect(the(graph, "aws:cloudwatch/logGroup:LogGroup", "delivery").inputs).toEqual({
      name: "/aws/codebuild/part-lens-prod-delivery",
      retentionInDays: 365,
      kmsKeyId: ref("aws:kms/key:Key", "delivery", "arn"),
    });
    expect(statementsOf("aws:kms/key:Key", "delivery")[1]).toMatchObject({
      Principal: { Service: "logs.eu-west-1.amazonaws.com" },
      Condition: {
        ArnEquals: {
          "kms:EncryptionContext:aws:logs:arn": `arn:aws:logs:eu-west-1:${account}:log-group:/aws/codebuild/part-lens-prod-delivery`,
        },
      },
    });
  });

  it("lends its role to this project's builds only", () => {
    const { assumeRolePolicy } = the(graph, "aws:iam/role:Role", "delivery").inputs;
    expect(JSON.parse(String(assumeRolePolicy)).Statement).toEqual([
      {
        Effect: "Allow",
        Principal: { Service: "codebuild.amazonaws.com" },
        Action: "sts:AssumeRole",
        Condition: { StringEquals: { "aws:SourceAccount": account, "aws:SourceArn": project } },
      },
    ]);
  });

  it("signs in to every cluster as its admin, and reaches Pulumi's state and the key of its secrets", () => {
    const cluster = (name: string) => ref("aws:rds/cluster:Cluster", name, "clusterResourceId");
    const users = `arn:aws:rds-db:eu-west-1:${account}:dbuser`;
    expect(own("DatabaseAdmin")).toEqual({
      Sid: "DatabaseAdmin",
      Effect: "Allow",
      Action: "rds-db:connect",
      Resource: ["main", "charter"].flatMap((name) => [
        `${users}:${cluster(name)}/part_lens_admin`,
        `${users}:${cluster(name)}/part_lens_migrator`,
      ]),
    });
    const secret = (name: string) => ref("aws:rds/cluster:Cluster", name, "masterUserSecrets[0].secretArn");
    expect(own("FirstSignIn")).toMatchObject({
      Action: "rds-data:ExecuteStatement",
      Resource: ["main", "charter"].map((name) => ref("aws:rds/cluster:Cluster", name, "arn")),
    });
    expect(own("FirstPassword")).toMatchObject({
      Action: "secretsmanager:GetSecretValue",
      Resource: ["main", "charter"].map(secret),
    });
    expect(own("StateObjects")!.Resource).toBe("arn:aws:s3:::part-lens-prod-pulumi-state/*");
    expect(own("StateSecrets")!.Condition).toEqual({
      "ForAnyValue:StringEquals": { "kms:ResourceAliases": "alias/part-lens-prod-pulumi" },
    });
  });

  it("hands roles of its environment to three services only", () => {
    const passing = statementsOf("aws:iam/policy:Policy", "delivery-serving").filter(({ Action }) =>
      [Action].flat().includes("iam:PassRole"),
    );
    expect(passing).toMatchObject([
      {
        Resource: [`arn:aws:iam::${account}:role/part-lens-prod-*`],
        Condition: {
          StringEquals: {
            "iam:PassedToService": [
              "appconfig.amazonaws.com",
              "lambda.amazonaws.com",
              "scheduler.amazonaws.com",
            ],
          },
        },
      },
    ]);
  });

  it("has policies that IAM takes: at most 6 144 characters each, 10 240 in the role itself", () => {
    for (const { inputs } of ofType(graph, "aws:iam/policy:Policy"))
      expect(String(inputs.policy).length).toBeLessThan(6144);
    expect(String(the(graph, policyType, "delivery").inputs.policy).length).toBeLessThan(10_240);
  });

  it("may make every type of resource that the two layers it updates make, in every environment", async () => {
    const known = new Set<string>(
      Object.values(updateReach).flatMap((reach) => reach.flatMap(({ types }) => [...types])),
    );
    const missing = new Set<string>();
    for (const environment of environments) {
      const { layers } = environment === "prod" ? prod : await plannedEnvironment(environment);
      for (const { type } of [...layers.service.graph.resources, ...layers.rollout.graph.resources])
        if (type.startsWith("aws:") && !known.has(type)) missing.add(type);
    }
    expect([...missing]).toEqual([]);
  });

  it("is started to reconcile when the lock or the pin of its environment is written", () => {
    const rule = the(graph, "aws:cloudwatch/eventRule:EventRule", "reconcile").inputs;
    expect(JSON.parse(String(rule.eventPattern))).toEqual({
      source: ["aws.ssm"],
      "detail-type": ["Parameter Store Change"],
      detail: {
        name: ["/part-lens/prod/rollout/lock", "/part-lens/prod/rollout/pin"],
        operation: ["Create", "Update"],
      },
    });
    const target = the(graph, "aws:cloudwatch/eventTarget:EventTarget", "reconcile").inputs;
    expect(target).toMatchObject({ arn: ref(projectType, "delivery", "arn") });
    expect(JSON.parse(String(target.input))).toEqual({
      environmentVariablesOverride: [{ name: "DELIVERY_MODE", value: "reconcile", type: "PLAINTEXT" }],
    });
    expect(statementsOf(policyType, "reconcile")).toEqual([
      {
        Sid: "Start",
        Effect: "Allow",
        Action: "codebuild:StartBuild",
        Resource: ref(projectType, "delivery", "arn"),
      },
    ]);
  });

  it("is not there where the configuration has none, and neither is anything with a way to the internet", async () => {
    const { layers } = await plannedEnvironment("dev");
    const types = new Set(layers.foundation.graph.resources.map(({ type }) => type));
    for (const type of [
      projectType,
      "aws:ec2/natGateway:NatGateway",
      "aws:ec2/internetGateway:InternetGateway",
      "aws:ec2/route:Route",
      "aws:ec2/eip:Eip",
    ])
      expect([type, types.has(type)]).toEqual([type, false]);
  });
});

describe("the runner's way out", () => {
  const tableOf = (subnet: string) => {
    const named = ref("aws:ec2/subnet:Subnet", subnet, "id");
    const [found, ...more] = ofType(graph, "aws:ec2/routeTableAssociation:RouteTableAssociation").filter(
      ({ inputs }) => inputs.subnetId === named,
    );
    expect(more).toEqual([]);
    return String(found!.inputs.routeTableId);
  };
  const routesOf = (subnet: string) =>
    ofType(graph, "aws:ec2/route:Route")
      .filter(({ inputs }) => inputs.routeTableId === tableOf(subnet))
      .map(({ inputs: { routeTableId: _, ...route } }) => route);

  it("is one NAT gateway, from a private subnet of the runner's own; no function's subnet has a route out", () => {
    expect(routesOf("network-delivery")).toEqual([
      {
        destinationCidrBlock: "0.0.0.0/0",
        natGatewayId: ref("aws:ec2/natGateway:NatGateway", "network", "id"),
      },
    ]);
    expect(routesOf("network-public")).toEqual([
      {
        destinationCidrBlock: "0.0.0.0/0",
        gatewayId: ref("aws:ec2/internetGateway:InternetGateway", "network", "id"),
      },
    ]);
    for (const zone of ["a", "b", "c"]) expect(routesOf(`network-eu-west-1${zone}`)).toEqual([]);
    expect(the(graph, "aws:ec2/natGateway:NatGateway", "network").inputs).toMatchObject({
      subnetId: ref("aws:ec2/subnet:Subnet", "network-public", "id"),
    });
    const blocks = ["network-public", "network-delivery"].map(
      (name) => the(graph, "aws:ec2/subnet:Subnet", name).inputs.cidrBlock,
    );
    expect(blocks).toEqual(["10.40.48.0/20", "10.40.64.0/20"]);
  });

  it("leads to the databases, the services' endpoints and by HTTPS to the world, and nothing leads in", () => {
    const rules = (type: string, side: string) =>
      ofType(graph, type)
        .filter(({ inputs }) => inputs[side] === group("network-delivery"))
        .map(({ inputs }) => [inputs.referencedSecurityGroupId ?? inputs.cidrIpv4, inputs.toPort])
        .sort();
    const egress = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule";
    const ingress = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";
    expect(rules(egress, "securityGroupId")).toEqual(
      [
        [group("network-database"), 5432],
        [group("network-endpoints"), 443],
        ["0.0.0.0/0", 443],
      ].sort(),
    );
    expect(rules(ingress, "securityGroupId")).toEqual([]);
    const admitted = ofType(graph, ingress)
      .filter(({ inputs }) => inputs.referencedSecurityGroupId === group("network-delivery"))
      .map(({ inputs }) => [inputs.securityGroupId, inputs.toPort]);
    expect(admitted).toEqual([
      [group("network-database"), 5432],
      [group("network-endpoints"), 443],
    ]);
  });
});

describe("what a build runs", () => {
  const text = readFileSync("infra/delivery/buildspec.yml", "utf8");
  const { phases, env } = parse(text) as {
    phases: Record<string, { commands: string[] }>;
    env: { variables: Record<string, string> };
  };
  const commands = Object.values(phases).flatMap((phase) => phase.commands);

  it("is the Pulumi that the workflow of a stage runs, too", () => {
    const workflow = parse(readFileSync(".github/workflows/rollout.yml", "utf8")) as {
      env: Record<string, string>;
    };
    expect(env.variables.PULUMI_VERSION).toBe(workflow.env.PULUMI_VERSION);
  });

  it("is scripts of package.json, and never the foundation layer, which the runner itself is of", () => {
    const { scripts } = JSON.parse(readFileSync("package.json", "utf8")) as {
      scripts: Record<string, string>;
    };
    const runs = commands.flatMap((command) =>
      [...command.matchAll(/npm run ([\w-]+)/g)].map(([, name]) => name),
    );
    expect(runs).toEqual(["up", "reconcile-stack", "tenants", "tenants"]);
    for (const name of runs) expect(Object.keys(scripts)).toContain(name);
    expect(text).toContain("--layers service rollout ;;");
  });

  it("uses the variables that the build project sets, and no other of ours", () => {
    const set = (
      the(graph, projectType, "delivery").inputs.environment as { environmentVariables: { name: string }[] }
    ).environmentVariables.map(({ name }) => name);
    const used = new Set(
      commands
        .join("\n")
        .match(/\$(STACK|DELIVERY|PULUMI)_\w+/g)
        ?.map((name) => name.slice(1)),
    );
    expect([...used].filter((name) => !set.includes(name) && !(name in env.variables))).toEqual([]);
  });
});
