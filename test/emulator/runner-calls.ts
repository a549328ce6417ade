/**
 * Of what the delivery runner's role is granted: what its builds do besides an update, and what is called by no test,
 * with the reason. Everything else is used in apply.test.ts.
 */

/** By delivery-runner.test.ts, which holds this list. */
export const inBuilds = [
  "appconfig:ListDeployments",
  "appconfig:ListHostedConfigurationVersions",
  "appconfig:StopDeployment",
  "kms:Decrypt",
  "kms:Encrypt",
  "logs:CreateLogStream",
  "logs:PutLogEvents",
  "rds-data:ExecuteStatement",
  "s3:DeleteObject",
  "s3:GetObject",
  "s3:PutObject",
  "secretsmanager:GetSecretValue",
  "ssm:GetParametersByPath",
] as const;

const edge = "neither dev nor the emulator has what stands before an HTTP API";
const byCodeBuild = "CodeBuild itself does it for a build, and the emulator runs no build without Docker";
const logDelivery = "AWS asks it of who gives an HTTP API an access log; the emulator does not";

/** Whole statements, by Sid. */
export const unrunStatements: Readonly<Record<string, string>> = {
  Certificates: edge,
  NewCertificates: edge,
  Records: edge,
  Domains: edge,
  Distributions: edge,
  NewDistributions: edge,
  NewHeadersPolicies: edge,
  Firewall: edge,
  OwnInterfaces: byCodeBuild,
  InterfacesOfBuilds: byCodeBuild,
  Source: "CodeBuild fetches the code with it, and the emulator knows no CodeConnections",
  StateSecrets: "the emulator does not know by which aliases a key is named, which the condition asks",
  DatabaseAdmin: "a database asks it and no API: test/api/database/iam-sign-in.test.ts",
  SavedQueries: "the emulator knows no saved queries",
  LogDelivery: logDelivery,
};

const tags =
  "AWS asks it besides of who makes something with tags, the emulator does not; and no update here changes tags";
const another = "the emulator takes it for another action that the role has";
const document = "delivery-runner.test.ts reads a document, for which the emulator asks no policy";
const notChanged = "no update here changes that";
const ofVpc = "AWS asks it of who puts a function into a network; the emulator does not";
const newerProvider = "for the provider that Pulumi has, which is newer than the one here";

/** Actions of the other statements. */
export const unrunActions: Readonly<Record<string, string>> = {
  "apigateway:PUT": notChanged,
  "appconfig:GetLatestConfiguration": document,
  "appconfig:StartConfigurationSession": document,
  "appconfig:TagResource": tags,
  "appconfig:UntagResource": tags,
  "appconfig:UpdateApplication": notChanged,
  "appconfig:UpdateConfigurationProfile": notChanged,
  "appconfig:UpdateDeploymentStrategy": notChanged,
  "appconfig:UpdateEnvironment": notChanged,
  "apigateway:PATCH": notChanged,
  "apigateway:TagResource": tags,
  "apigateway:UntagResource": tags,
  "cloudwatch:TagResource": tags,
  "cloudwatch:UntagResource": tags,
  "ec2:DescribeNetworkInterfaces": byCodeBuild,
  "ec2:DescribeSecurityGroups": ofVpc,
  "ec2:DescribeSubnets": ofVpc,
  "ec2:DescribeVpcs": ofVpc,
  "iam:PassRole": "AWS asks it of who gives a role to a service; the emulator does not",
  "iam:TagRole": tags,
  "iam:UntagRole": tags,
  "iam:UpdateAssumeRolePolicy": notChanged,
  "iam:UpdateRole": notChanged,
  "kms:DisableKey": notChanged,
  "kms:EnableKey": notChanged,
  "kms:GenerateDataKey": "CloudWatch Logs asks for data keys with its own permission, CodeBuild by itself",
  "kms:PutKeyPolicy": notChanged,
  "kms:TagResource": tags,
  "kms:UntagResource": tags,
  "kms:UpdateAlias": notChanged,
  "kms:UpdateKeyDescription": notChanged,
  "lambda:DeleteAlias": another,
  "lambda:DeleteFunctionConcurrency": notChanged,
  "lambda:DeleteFunctionEventInvokeConfig": another,
  "lambda:GetAlias": another,
  "lambda:GetFunctionConcurrency": another,
  "lambda:GetFunctionConfiguration": newerProvider,
  "lambda:GetFunctionEventInvokeConfig": another,
  "lambda:GetFunctionRecursionConfig": another,
  "lambda:GetRuntimeManagementConfig": another,
  "lambda:ListTags": newerProvider,
  "lambda:PublishVersion": notChanged,
  "lambda:PutFunctionEventInvokeConfig": another,
  "lambda:TagResource": tags,
  "lambda:UntagResource": tags,
  "lambda:UpdateAlias": another,
  "lambda:UpdateFunctionConfiguration": notChanged,
  "lambda:UpdateFunctionEventInvokeConfig": another,
  "logs:TagResource": tags,
  "logs:UntagResource": tags,
  "s3:GetBucketLocation":
    "Pulumi asks where its bucket is, and its provider of every bucket; neither runs here",
  "scheduler:UpdateSchedule": notChanged,
  "sns:SetSubscriptionAttributes": notChanged,
  "sns:TagResource": tags,
  "sns:UntagResource": tags,
  "ssm:AddTagsToResource": tags,
  "ssm:GetParameters": newerProvider,
  "ssm:RemoveTagsFromResource": tags,
};
