/** The cases of the rules about what a role is granted, in the form of cases.ts. */
import type { PlannedResource } from "../../../infra/preview/graph.ts";
import { output, policy, resource } from "./graph.ts";

const granted = (Action: string, Resource: string, Condition: object = {}) =>
  resource("aws:iam/rolePolicy:RolePolicy", {
    policy: policy({ Effect: "Allow", Action, Resource, Condition }),
  });
const passRole = (Condition: object, Resource = "arn:aws:iam::1:role/part-lens-dev-*") =>
  granted("iam:PassRole", Resource, Condition);
const databaseType = "postgresql:index/database:Database";
/** The admin's grant on a database of that owner. */
const onDatabase = (owner?: string, inputs: object = {}) => [
  resource(
    "postgresql:index/grant:Grant",
    { role: "public", objectType: "database", database: output(databaseType, "name"), ...inputs },
    { provider: "pulumi:providers:postgresql::it" },
  ),
  resource(databaseType, { name: "of_a_tenant", ...(owner && { owner }) }),
  resource("pulumi:providers:postgresql", { username: "admin" }),
];
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
  "grant-by-owner": {
    compliant: onDatabase("admin"),
    violating: onDatabase("another_role"),
    property: "database",
  },
} as const;

export const moreGrantViolations: readonly (readonly [string, string, readonly PlannedResource[]])[] = [
  ["pass-role-bounded", "any role, though to one service", [passRole(toLambda, "*")]],
  [
    "grant-takes-effect",
    "a look at all of EC2 on one thing",
    [granted("ec2:DescribeVpcs", "arn:aws:ec2:::vpc/1")],
  ],
  ["grant-by-owner", "an owner that is left to the provider", onDatabase()],
  ["grant-by-owner", "a database of nobody knows whom", onDatabase("admin", { database: "elsewhere" })],
];
