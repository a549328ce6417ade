import type { Reach } from "./reach.ts";

/** What serves requests: functions, their roles and logs, the HTTP API. */
export const servingReach = [
  {
    sid: "Functions",
    types: [
      "aws:lambda/alias:Alias",
      "aws:lambda/function:Function",
      "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig",
      "aws:lambda/invocation:Invocation",
      "aws:lambda/permission:Permission",
    ],
    service: "lambda",
    actions: [
      ...["AddPermission", "CreateAlias", "CreateFunction", "DeleteAlias", "DeleteFunction"],
      ...[
        "DeleteFunctionConcurrency",
        "DeleteFunctionEventInvokeConfig",
        "GetAlias",
        "GetFunction",
        "GetFunctionCodeSigningConfig",
      ],
      ...["GetFunctionConcurrency", "GetFunctionConfiguration", "GetFunctionRecursionConfig", "GetPolicy"],
      ...["GetFunctionEventInvokeConfig", "PutFunctionEventInvokeConfig", "UpdateFunctionEventInvokeConfig"],
      ...["GetRuntimeManagementConfig", "InvokeFunction", "ListTags", "ListVersionsByFunction"],
      ...["PublishVersion", "PutFunctionConcurrency", "RemovePermission", "TagResource", "UntagResource"],
      ...["UpdateAlias", "UpdateFunctionCode", "UpdateFunctionConfiguration"],
    ],
    resources: ["arn:aws:lambda:{region}:{account}:function:{name}*"],
  },
  {
    sid: "FunctionsNetwork",
    types: [],
    service: "ec2",
    actions: ["DescribeNetworkInterfaces", "DescribeSecurityGroups", "DescribeSubnets", "DescribeVpcs"],
    resources: ["*"],
  },
  {
    sid: "Schedules",
    types: ["aws:scheduler/schedule:Schedule"],
    service: "scheduler",
    actions: ["CreateSchedule", "DeleteSchedule", "GetSchedule", "UpdateSchedule"],
    resources: ["arn:aws:scheduler:{region}:{account}:schedule/default/{name}-*"],
  },
  {
    sid: "Roles",
    types: [
      "aws:iam/role:Role",
      "aws:iam/rolePolicy:RolePolicy",
      "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    ],
    service: "iam",
    actions: [
      ...["AttachRolePolicy", "CreateRole", "DeleteRole", "DeleteRolePolicy", "DetachRolePolicy", "GetRole"],
      ...["GetRolePolicy", "ListAttachedRolePolicies", "ListInstanceProfilesForRole", "ListRolePolicies"],
      ...["PutRolePolicy", "TagRole", "UntagRole", "UpdateAssumeRolePolicy", "UpdateRole"],
    ],
    resources: ["arn:aws:iam::{account}:role/{name}-*"],
  },
  {
    sid: "RolesOfServices",
    types: [],
    service: "iam",
    actions: ["PassRole"],
    resources: ["arn:aws:iam::{account}:role/{name}-*"],
    condition: {
      StringEquals: {
        "iam:PassedToService": ["appconfig.amazonaws.com", "lambda.amazonaws.com", "scheduler.amazonaws.com"],
      },
    },
  },
  {
    sid: "Api",
    types: [
      "aws:apigatewayv2/api:Api",
      "aws:apigatewayv2/integration:Integration",
      "aws:apigatewayv2/route:Route",
      "aws:apigatewayv2/stage:Stage",
    ],
    service: "apigateway",
    // The last two are in no table of AWS's; its refusals name them, of who makes something with tags.
    actions: ["DELETE", "GET", "PATCH", "POST", "PUT", "TagResource", "UntagResource"],
    resources: [
      "arn:aws:apigateway:{region}::/apis",
      "arn:aws:apigateway:{region}::/apis/*",
      "arn:aws:apigateway:{region}::/tags/*",
    ],
  },
  {
    sid: "Logs",
    types: ["aws:cloudwatch/logGroup:LogGroup"],
    service: "logs",
    actions: [
      ...["CreateLogGroup", "DeleteLogGroup", "ListTagsForResource", "PutRetentionPolicy", "TagResource"],
      "UntagResource",
    ],
    resources: [
      "arn:aws:logs:{region}:{account}:log-group:/aws/lambda/{name}-*",
      "arn:aws:logs:{region}:{account}:log-group:/aws/apigateway/{name}-*",
    ],
  },
  {
    sid: "SavedQueries",
    types: ["aws:cloudwatch/queryDefinition:QueryDefinition"],
    service: "logs",
    actions: ["DeleteQueryDefinition", "DescribeQueryDefinitions", "PutQueryDefinition"],
    resources: ["*"],
  },
  {
    sid: "LogDelivery",
    types: [],
    service: "logs",
    actions: [
      ...["CreateLogDelivery", "DeleteLogDelivery", "DescribeLogGroups", "DescribeResourcePolicies"],
      ...["GetLogDelivery", "ListLogDeliveries", "PutResourcePolicy", "UpdateLogDelivery"],
    ],
    resources: ["*"],
  },
] as const satisfies readonly Reach[];
