import type { Graph, PlannedResource } from "../../infra/preview/graph.ts";
import { type Reference, resolveReferences } from "../../infra/preview/reference.ts";
import { account, region } from "./emulator.ts";

/** A role as the program gives it: the name of its resource, and the policy in it. */
export interface PlannedRole {
  readonly name: string;
  /** JSON. */
  readonly policy: string;
}

/** An output as the tests know it beforehand: an ARN or an id made of the resource's name. */
export function outputOf({ type, name, property }: Reference): string {
  const service = type.split(":")[1]?.split("/")[0] ?? "";
  if (type === "aws:s3/bucket:Bucket") return property === "arn" ? `arn:aws:s3:::${name}` : name;
  if (!/arn$/i.test(property)) return name;
  const place = `arn:aws:${service}:${region}:${account}`;
  if (service === "cloudwatch" && type.endsWith(":LogGroup")) return logGroupArn(name);
  if (service === "lambda") return `arn:aws:lambda:${region}:${account}:function:${name}:live`;
  return `${place}:${service === "kms" ? "key/" : ""}${name}`;
}

export const logGroupOf = (name: string) => `/aws/lambda/${name}`;

function logGroupArn(name: string): string {
  return `arn:aws:logs:${region}:${account}:log-group:${logGroupOf(name)}`;
}

/** Every role with a policy of ours, in the emulator's account. */
export function plannedRoles({ resources }: Pick<Graph, "resources">, accountId: string): PlannedRole[] {
  const policies = resources.filter(({ type }) => type === "aws:iam/rolePolicy:RolePolicy");
  return policies.map(({ name, inputs }) => {
    const policy = String(resolveReferences(inputs.policy, outputOf)).replaceAll(accountId, account);
    // AWS judges the making of a log stream by the stream, the emulator by its group.
    return { name, policy: policy.replaceAll(":log-stream:*", "") };
  });
}

/** The account of dev's stack files, as its ARNs have it. */
export function plannedAccount(resources: readonly PlannedResource[]): string {
  const [, accountId] = /arn:aws:iam::(\d{12}):/.exec(JSON.stringify(resources)) ?? [];
  if (!accountId) throw new Error("no ARN of dev names an account");
  return accountId;
}
