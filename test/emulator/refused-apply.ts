/** A graph of aws-check in which the delivery runner's role lacks some permissions, with something that needs each. */
import { policyDocument } from "../../infra/policy.ts";
import type { CheckedGraph } from "../aws-check/check-tool.ts";
import { account, runnerArn } from "../aws-check/delivered-graph.ts";
import { region } from "./emulator.ts";
import { runnerPolicies, writtenFor } from "./runner-role.ts";

interface Made {
  readonly type: string;
  readonly name: string;
  readonly inputs: object;
}

const name = "part-lens-dev-of-a-test";
const trust = policyDocument([
  { Effect: "Allow", Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: "sts:AssumeRole" },
]);

/** What cannot be made without that permission, alone and small. */
export const madeWith = {
  "appconfig:CreateApplication": {
    type: "aws:appconfig/application:Application",
    name: "application",
    inputs: { name },
  },
  "iam:CreateRole": { type: "aws:iam/role:Role", name: "role", inputs: { name, assumeRolePolicy: trust } },
  "logs:CreateLogGroup": {
    type: "aws:cloudwatch/logGroup:LogGroup",
    name: "log",
    inputs: { name: `/aws/lambda/${name}` },
  },
  "sns:CreateTopic": { type: "aws:sns/topic:Topic", name: "topic", inputs: { name } },
  "ssm:PutParameter": {
    type: "aws:ssm/parameter:Parameter",
    name: "parameter",
    inputs: { name: "/part-lens/dev/of-a-test", type: "String", insecureValue: "1" },
  },
} as const satisfies Record<string, Made>;

/** All of that, to be made by the runner, whose role lacks those permissions. */
export async function graphWithout(actions: readonly (keyof typeof madeWith)[]): Promise<CheckedGraph> {
  const role = `\${ref:aws:iam/role:Role::delivery::name}`;
  const policies = (await runnerPolicies()).map((policy) => ({
    type: "aws:iam/rolePolicy:RolePolicy",
    name: policy.name,
    inputs: { name: policy.name, role, policy: writtenFor(policy, actions) },
  }));
  const inputs = { name: runnerArn.split("/").at(-1), assumeRolePolicy: trust };
  const made = Object.values(madeWith).map((one) => ({ ...one, provider: "service" }));
  return {
    resources: [{ type: "aws:iam/role:Role", name: "delivery", inputs }, ...policies, ...made],
    providers: { service: { role: runnerArn, tags: { Environment: "dev", Layer: "service" } } },
  };
}

export const refusedPlace = { region, account } as const;
