import { beforeAll, describe, expect, it } from "vitest";
import type { Plan } from "../../infra/preview/plan.ts";
import { ofType, plannedLayer, the } from "../support/planned-environment.ts";

const proxyType = "aws:rds/proxy:Proxy";
const ref = (type: string, name: string, property: string) => `\${ref:${type}::${name}::${property}}`;
const group = (name: string) => ref("aws:ec2/securityGroup:SecurityGroup", name, "id");
const clusters = [
  { name: "main", minCapacity: 2, maxCapacity: 16, instances: 1 },
  { name: "charter", minCapacity: 1, maxCapacity: 8, instances: 2, proxy: true },
];

let foundation: Plan;
let service: Plan;

beforeAll(async () => {
  const overrides = { "part-lens:clusters": JSON.stringify(clusters) };
  foundation = await plannedLayer("prod", "foundation", {}, { overrides });
  service = await plannedLayer("prod", "service", { foundation });
});

const policyOf = (plan: Plan, name: string) =>
  JSON.parse(String(the(plan.graph, "aws:iam/rolePolicy:RolePolicy", name).inputs.policy)).Statement;

describe("a proxy in front of a cluster", () => {
  it("is there for the cluster that asks for one only, by IAM on both sides, TLS only, logging no statement", () => {
    expect(ofType(foundation.graph, proxyType).map(({ name }) => name)).toEqual(["charter"]);
    expect(the(foundation.graph, proxyType, "charter").inputs).toEqual({
      name: "part-lens-prod-charter",
      engineFamily: "POSTGRESQL",
      defaultAuthScheme: "IAM_AUTH",
      requireTls: true,
      idleClientTimeout: 900,
      debugLogging: false,
      roleArn: ref("aws:iam/role:Role", "charter-proxy", "arn"),
      vpcSubnetIds: ["a", "b", "c"].map((zone) =>
        ref("aws:ec2/subnet:Subnet", `network-eu-west-1${zone}`, "id"),
      ),
      vpcSecurityGroupIds: [group("network-proxy")],
    });
    expect(the(foundation.graph, "aws:rds/proxyTarget:ProxyTarget", "charter").inputs).toMatchObject({
      dbClusterIdentifier: "part-lens-prod-charter",
      dbProxyName: "part-lens-prod-charter",
    });
    expect(the(foundation.graph, "aws:cloudwatch/logGroup:LogGroup", "charter-proxy").inputs).toEqual({
      name: "/aws/rds/proxy/part-lens-prod-charter",
      retentionInDays: 365,
    });
  });

  it("signs in to its own cluster, as the API's role and no other", () => {
    const cluster = ref("aws:rds/cluster:Cluster", "charter", "clusterResourceId");
    expect(policyOf(foundation, "charter-proxy")).toEqual([
      {
        Sid: "DatabaseSignIn",
        Effect: "Allow",
        Action: "rds-db:connect",
        Resource: `arn:aws:rds-db:eu-west-1:333333333333:dbuser:${cluster}/part_lens_api`,
      },
    ]);
  });

  it("stands between the functions and the database, on PostgreSQL's port", () => {
    const rules = ofType(foundation.graph, "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
      .map(({ inputs }) => [inputs.referencedSecurityGroupId, inputs.securityGroupId, inputs.toPort])
      .filter((rule) => rule.includes(group("network-proxy")));
    expect(rules).toEqual([
      [group("network-functions"), group("network-proxy"), 5432],
      [group("network-proxy"), group("network-database"), 5432],
    ]);
  });

  it("is where the API goes for tenants' databases; the migrator and MASTER know the cluster alone", () => {
    const host = ref("aws:rds/cluster:Cluster", "charter", "endpoint");
    const { variables } = the(service.graph, "aws:lambda/function:Function", "api").inputs.environment as {
      variables: Record<string, string>;
    };
    expect(JSON.parse(variables.DATABASE_PROXIES!)).toEqual({
      [host]: ref(proxyType, "charter", "endpoint"),
    });
    expect(variables.MASTER_HOST).toBe(ref("aws:rds/cluster:Cluster", "main", "endpoint"));
    const { input } = the(service.graph, "aws:lambda/invocation:Invocation", "migrator").inputs;
    const { tenants } = JSON.parse(String(input)).fleet as { tenants: { id: string; host: string }[] };
    expect(tenants.find(({ id }) => id === "aegean-charter")!.host).toBe(host);
  });

  it("lets the API sign in to it, and nobody else", () => {
    const signIn = (name: string): string[] =>
      policyOf(service, name).find(({ Sid }: { Sid: string }) => Sid === "DatabaseSignIn").Resource;
    const users = "arn:aws:rds-db:eu-west-1:333333333333:dbuser";
    expect(signIn("api")).toContain(`${users}:${ref(proxyType, "charter", "arn")}/part_lens_api`);
    expect(signIn("api")).toHaveLength(3);
    expect(signIn("migrator")).toHaveLength(2);
  });
});
