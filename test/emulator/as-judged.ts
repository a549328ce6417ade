import type { Statement } from "../../infra/policy.ts";

/**
 * Actions that AWS judges by a resource and the emulator by none: there they are granted on everything, so which alarm,
 * build, function or parameter it is, is not seen. What the program grants is in the tests of the program.
 */
export const judgedByNoResource = [
  "appconfig:DeleteDeploymentStrategy",
  "appconfig:ListTagsForResource",
  "cloudwatch:DeleteAlarms",
  "cloudwatch:DeleteDashboards",
  "cloudwatch:DescribeAlarms",
  "cloudwatch:GetDashboard",
  "cloudwatch:ListTagsForResource",
  "cloudwatch:PutDashboard",
  "codebuild:StartBuild",
  "kms:CreateAlias",
  "kms:DeleteAlias",
  "lambda:CreateFunction",
  "sns:GetSubscriptionAttributes",
  "sns:ListTagsForResource",
  "sns:Unsubscribe",
  "ssm:GetParameters",
  "ssm:GetParametersByPath",
] as const;

/** Actions that the emulator takes for another one, which is what it has to be granted there. */
export const judgedAsAnother = {
  "lambda:DeleteAlias": "lambda:ListAliases",
  "lambda:GetAlias": "lambda:ListAliases",
  "lambda:UpdateAlias": "lambda:ListAliases",
} as const;

const another: Readonly<Record<string, string>> = judgedAsAnother;
const ofNoResource: ReadonlySet<string> = new Set(judgedByNoResource);

/** The statement as it is to be written for the emulator, so that it grants there what it grants at AWS. */
export function asJudged(statement: Statement): Statement[] {
  if (statement.Effect === "Deny") return [statement];
  const actions = [...new Set([statement.Action].flat().map((action) => another[action] ?? action))];
  const none = actions.filter((action) => ofNoResource.has(action));
  if (none.length === 0) return [{ ...statement, Action: actions }];
  const own = actions.filter((action) => !ofNoResource.has(action));
  const everywhere = { ...statement, Action: none, Resource: "*" };
  return own.length === 0 ? [everywhere] : [{ ...statement, Action: own }, everywhere];
}
