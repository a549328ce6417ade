/** An environment as the program plans it, for an emulator: its roles and its functions, with the emulator's account. */
import { type EnvironmentName, roleArn } from "../../infra/naming.ts";
import type { Statement } from "../../infra/policy.ts";
import type { PlannedResource } from "../../infra/preview/graph.ts";
import { type Resolver, resolveReferences } from "../../infra/preview/reference.ts";
import { plannedEnvironment, the } from "../support/planned-environment.ts";
import { asJudged } from "./as-judged.ts";
import type { AwsCall } from "./aws-call.ts";
import { account, region } from "./emulator.ts";
import { functionTrust, makeRole } from "./function-roles.ts";
import { outputOf, plannedAccount } from "./planned-roles.ts";

export interface PlannedStack {
  readonly environment: EnvironmentName;
  /** What the role may do, by the name of its resource, as far as the emulator judges it. */
  statements(role: string): Statement[];
  /** The same as the program gives it. JSON. */
  policy(role: string): string;
  /** Who may take it. */
  trust(role: string): string;
  /** The variables of a function, by the name of its resource. */
  variables(name: string): Record<string, string>;
  /** What the service layer writes for the rollout's verbs. JSON. */
  readonly serviceFacts: string;
  /** The physical names of its buckets. */
  readonly buckets: readonly string[];
}

const types = {
  bucket: "aws:s3/bucket:Bucket",
  build: "aws:codebuild/project:Project",
  function: "aws:lambda/function:Function",
  alarm: "aws:cloudwatch/metricAlarm:MetricAlarm",
  parameter: "aws:ssm/parameter:Parameter",
  policy: "aws:iam/rolePolicy:RolePolicy",
  role: "aws:iam/role:Role",
} as const;

/** What the ARN of a resource begins with, for those that the program names itself. */
const arns: Readonly<Record<string, string>> = {
  [types.alarm]: `arn:aws:cloudwatch:${region}:${account}:alarm:`,
  [types.bucket]: "arn:aws:s3:::",
  [types.build]: `arn:aws:codebuild:${region}:${account}:project/`,
  [types.role]: `arn:aws:iam::${account}:role/`,
};

/** Plans it. `known`: the outputs of what a test has made; the others are made of names. */
export async function plannedStack(
  environment: EnvironmentName,
  known: Resolver = () => undefined,
): Promise<PlannedStack> {
  const { resources } = await plannedEnvironment(environment);
  const accountId = plannedAccount(resources);
  const resolver: Resolver = (reference) =>
    known(reference) ?? named(resources)(reference) ?? outputOf(reference);
  const resolved = (value: unknown) =>
    JSON.parse(JSON.stringify(resolveReferences(value, resolver)).replaceAll(accountId, account));
  const inputs = (type: string, name: string) => resolved(the({ resources }, type, name).inputs);
  const policy = (role: string) => inputs(types.policy, role).policy;
  return {
    environment,
    policy,
    statements: (role) => JSON.parse(policy(role)).Statement.flatMap(asJudged),
    trust: (role) => inputs(types.role, role).assumeRolePolicy,
    variables: (name) => inputs(types.function, name).environment.variables,
    serviceFacts: inputs(types.parameter, "service").insecureValue,
    buckets: resources
      .filter(({ type }) => type === types.bucket)
      .map(({ name }) => inputs(types.bucket, name).bucket),
  };
}

/** Alarms, buckets, builds and roles have the names that the program gives them. */
const named =
  (resources: readonly PlannedResource[]): Resolver =>
  ({ type, name, property }) => {
    if (!Object.hasOwn(arns, type)) return undefined;
    const { inputs } = the({ resources }, type, name);
    const own = String(inputs.bucket ?? inputs.name);
    return property === "arn" ? `${arns[type]}${own}` : own;
  };

/** Makes a function's role with the policy that the program gives it, under the program's name; its ARN. */
export async function makePlannedRole(call: AwsCall, stack: PlannedStack, role: string): Promise<string> {
  const arn = roleArn({ environment: stack.environment, accountId: account, region }, role);
  await makeRole(call, arn.split("/").at(-1) ?? "", functionTrust, stack.statements(role));
  return arn;
}
