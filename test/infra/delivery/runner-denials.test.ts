/** What the delivery runner may not do: asked of all its policies together, as prod's foundation has them. */
import { beforeAll, describe, expect, it } from "vitest";
import { denials, foundationRoles } from "../../../infra/delivery/runner-denials.ts";
import type { DeliveryConfig } from "../../../infra/delivery-config.ts";
import { identityAllows } from "../../../infra/local/services/identity-policy.ts";
import { roleArn } from "../../../infra/naming.ts";
import type { Statement } from "../../../infra/policy.ts";
import type { Graph } from "../../../infra/preview/graph.ts";
import { deliveredDev } from "../../aws-check/delivered-graph.ts";
import { ofType, plannedEnvironment } from "../../support/planned-environment.ts";

const account = "333333333333";
const place = { environment: "prod", accountId: account, region: "eu-west-1" };
const project = `arn:aws:codebuild:eu-west-1:${account}:project/part-lens-prod-delivery`;
const configured: DeliveryConfig = {
  repository: "https://github.com/part-lens-example/part-lens.git",
  branch: "main",
  connectionArn: `arn:aws:codeconnections:eu-west-1:${account}:connection/1`,
  backendUrl: "s3://part-lens-prod-pulumi-state",
  secretsProvider: "awskms://alias/part-lens-prod-pulumi",
};

let graph: Graph;
let policies: string[];

beforeAll(async () => {
  graph = (await plannedEnvironment("prod")).layers.foundation.graph;
  policies = ["aws:iam/rolePolicy:RolePolicy", "aws:iam/policy:Policy"]
    .flatMap((type) => ofType(graph, type))
    .filter(({ name }) => name.startsWith("delivery"))
    .map(({ inputs }) => String(inputs.policy));
});

const may = (action: string, resource: string, context: Readonly<Record<string, string>> = {}) =>
  identityAllows(policies, { action, resource, tags: {}, context });
const own = (sid: string) =>
  policies
    .flatMap((policy) => (JSON.parse(policy) as { Statement: Statement[] }).Statement)
    .find(({ Sid }) => Sid === sid);

describe("the delivery runner", () => {
  it("takes away neither Pulumi's state nor the alias of its key, whatever an update may do to such names", () => {
    const bucket = (name: string) => `arn:aws:s3:::part-lens-prod-${name}`;
    const changes = ["DeleteBucket", "DeleteBucketPolicy", "PutBucketPolicy", "PutBucketVersioning"];
    for (const change of [...changes, "PutLifecycleConfiguration"]) {
      expect([change, may(`s3:${change}`, bucket("pulumi-state"))]).toEqual([change, false]);
      expect([change, may(`s3:${change}`, bucket("pms-part-photos"))]).toEqual([change, true]);
    }
    for (const use of ["s3:ListBucket", "s3:GetBucketLocation"])
      expect([use, may(use, bucket("pulumi-state"))]).toEqual([use, true]);
    for (const use of ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"])
      expect([use, may(use, `${bucket("pulumi-state")}/.pulumi/stacks/prod-service.json`)]).toEqual([
        use,
        true,
      ]);
    const alias = (name: string) => `arn:aws:kms:eu-west-1:${account}:alias/part-lens-prod-${name}`;
    for (const change of ["kms:CreateAlias", "kms:DeleteAlias", "kms:UpdateAlias"]) {
      expect([change, may(change, alias("pulumi"))]).toEqual([change, false]);
      expect([change, may(change, alias("evidence"))]).toEqual([change, true]);
    }
  });

  it("neither disables nor deletes the key of Pulumi's secrets, nor gives another layer's key its own tag", () => {
    const keys = `arn:aws:kms:eu-west-1:${account}:key/*`;
    expect(own("NotItsSecrets")).toEqual({
      Sid: "NotItsSecrets",
      Effect: "Deny",
      Action: [
        ...["kms:CreateAlias", "kms:DeleteAlias", "kms:DisableKey", "kms:EnableKey", "kms:EnableKeyRotation"],
        ...["kms:PutKeyPolicy", "kms:ScheduleKeyDeletion", "kms:TagResource", "kms:UntagResource"],
        ...["kms:UpdateAlias", "kms:UpdateKeyDescription"],
      ],
      Resource: keys,
      Condition: { "ForAnyValue:StringEquals": { "kms:ResourceAliases": "alias/part-lens-prod-pulumi" } },
    });
    for (const [tag, value] of [
      ["Environment", "prod"],
      ["Layer", "service"],
    ] as const)
      expect(own(`KeysOfAnother${tag}`)).toEqual({
        Sid: `KeysOfAnother${tag}`,
        Effect: "Deny",
        Action: ["kms:TagResource", "kms:UntagResource"],
        Resource: keys,
        Condition: {
          Null: { [`aws:ResourceTag/${tag}`]: "false" },
          StringNotEquals: { [`aws:ResourceTag/${tag}`]: value },
        },
      });
  });

  it("has no bucket, alias or key to keep its hands off where Pulumi Cloud keeps the state", () => {
    const config = { ...configured, backendUrl: "https://api.pulumi.com", secretsProvider: "default" };
    expect(denials({ place, config }).map(({ Sid }) => Sid)).toEqual([
      ...["NotItsLayer", "KeysOfAnotherEnvironment", "KeysOfAnotherLayer"],
    ]);
  });

  it("changes no role of its own layer, wherever that has a runner, and no build project", async () => {
    const found = [graph, (await deliveredDev()).layers.foundation.graph];
    const made = found.flatMap((one) => ofType(one, "aws:iam/role:Role").map(({ inputs }) => inputs.name));
    expect(made.map(String).sort()).toEqual([
      ...["part-lens-dev-delivery", "part-lens-dev-port-forward", "part-lens-dev-reconcile"],
      ...["part-lens-prod-delivery", "part-lens-prod-reconcile"],
    ]);
    const changes = ["iam:PutRolePolicy", "iam:AttachRolePolicy", "iam:UpdateAssumeRolePolicy"];
    for (const change of [...changes, "iam:DeleteRole", "iam:TagRole", "iam:UpdateRole"]) {
      for (const role of foundationRoles)
        expect([change, role, may(change, roleArn(place, role))]).toEqual([change, role, false]);
      expect([change, may(change, roleArn(place, "api"))]).toEqual([change, true]);
    }
    const toLambda = { "iam:PassedToService": "lambda.amazonaws.com" };
    expect(may("iam:PassRole", roleArn(place, "api"), toLambda)).toBe(true);
    expect(may("iam:PassRole", roleArn(place, "delivery"), toLambda)).toBe(false);
    for (const change of ["UpdateProject", "StartBuild", "DeleteProject"])
      expect([change, may(`codebuild:${change}`, project)]).toEqual([change, false]);
  });
});
