/** The cases of the rules about what a role is granted, in the form of cases.ts. */
import type { PlannedResource } from "../../../infra/preview/graph.ts";
import { policy, resource } from "./graph.ts";

const granted = (Action: string, Resource: string, Condition: object = {}) =>
  resource("aws:iam/rolePolicy:RolePolicy", {
    policy: policy({ Effect: "Allow", Action, Resource, Condition }),
  });
const passRole = (Condition: object, Resource = "arn:aws:iam::1:role/part-lens-dev-*") =>
  granted("iam:PassRole", Resource, Condition);
const toLambda = { StringEquals: { "iam:PassedToService": "lambda.amazonaws.com" } };

export const grantCases = {
  "pass-role-bounded": {
    compliant: [passRole(toLambda)],
    violating: [passRole({})],
    property: "policy.Statement[0].Condition",
  },
  "grant-takes-effect": {
    compliant: [granted("appconfig:CreateApplication", "*")],
    violating: [granted("appconfig:CreateApplication", "arn:aws:appconfig:eu-west-1:1:application/*")],
    property: "policy.Statement[0].Resource",
  },
} as const;

export const moreGrantViolations: readonly (readonly [string, string, readonly PlannedResource[]])[] = [
  ["pass-role-bounded", "any role, though to one service", [passRole(toLambda, "*")]],
  [
    "grant-takes-effect",
    "a look at all of EC2 on one thing",
    [granted("ec2:DescribeVpcs", "arn:aws:ec2:::vpc/1")],
  ],
];
