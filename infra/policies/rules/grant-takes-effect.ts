import { compliant, notApplicable, type Rule, violation } from "../rule.ts";
import { listOf, statementsOf } from "../statements.ts";

/**
 * Actions that AWS judges by no resource: on a named one they are granted to nobody.
 * Source: the Service Authorization Reference, whose tables name no type of resource for them.
 */
export const ofNoResource: ReadonlySet<string> = new Set([
  "acm:RequestCertificate",
  "appconfig:CreateApplication",
  "appconfig:CreateDeploymentStrategy",
  "appconfig:ListApplications",
  "cloudfront:CreateDistribution",
  "cloudfront:CreateResponseHeadersPolicy",
  "cloudwatch:GetMetricData",
  "kms:CreateKey",
  "kms:ListAliases",
  "logs:CreateLogDelivery",
  "logs:DeleteLogDelivery",
  "logs:DeleteQueryDefinition",
  "logs:DescribeQueryDefinitions",
  "logs:DescribeResourcePolicies",
  "logs:GetLogDelivery",
  "logs:ListLogDeliveries",
  "logs:PutQueryDefinition",
  "logs:PutResourcePolicy",
  "logs:UpdateLogDelivery",
  "ssm:DescribeParameters",
  "xray:PutTelemetryRecords",
  "xray:PutTraceSegments",
]);

const isOfNoResource = (action: string) => ofNoResource.has(action) || /^ec2:Describe/.test(action);

export const grantTakesEffect: Rule = {
  id: "grant-takes-effect",
  title: "What AWS judges by no resource is granted on all of them, or it would be granted on none.",
  judge: (resource) => {
    if (resource.type !== "aws:iam/policy:Policy" && resource.type !== "aws:iam/rolePolicy:RolePolicy")
      return notApplicable;
    for (const { property, statement } of statementsOf(resource)) {
      if (statement.Effect !== "Allow" || listOf(statement.Resource).includes("*")) continue;
      const inert = listOf(statement.Action).find(isOfNoResource);
      if (inert)
        return violation(`${inert} takes no resource, and is granted on one`, `${property}.Resource`);
    }
    return compliant;
  },
};
