import { z } from "zod";
import { localAccount } from "./arn.ts";

const oneOrMany = z.union([z.string(), z.array(z.string())]).transform((value) => [value].flat());
const policy = z.object({
  Statement: z.array(
    z.object({
      Effect: z.enum(["Allow", "Deny"]),
      Principal: z.union([z.literal("*"), z.record(z.string(), oneOrMany)]),
      Action: oneOrMany,
      Condition: z.unknown().optional(),
    }),
  ),
});
type Statement = z.output<typeof policy>["Statement"][number];

/**
 * Whether the policy of a resource (a role's trust, a topic's) lets a principal, an ARN or a service such as
 * cloudwatch.amazonaws.com, do an action such as sts:AssumeRole. Only what is named is allowed; a Deny that names
 * them wins. Conditions are not evaluated: a Deny with one denies nothing. An unreadable policy allows nothing.
 */
export function policyAllows(document: string, principal: string, action: string): boolean {
  const statements = parse(document).filter((statement) => applies(statement, principal, action));
  const denied = statements.some(({ Effect, Condition }) => Effect === "Deny" && Condition === undefined);
  return !denied && statements.some(({ Effect }) => Effect === "Allow");
}

function parse(document: string): readonly Statement[] {
  try {
    return policy.parse(JSON.parse(document)).Statement;
  } catch {
    return [];
  }
}

function applies({ Principal, Action }: Statement, principal: string, action: string): boolean {
  const names = Principal === "*" ? ["*"] : [...(Principal.AWS ?? []), ...(Principal.Service ?? [])];
  const account = [localAccount, `arn:aws:iam::${localAccount}:root`];
  const asked = ["*", principal, ...(principal.startsWith("arn:") ? account : [])];
  const service = action.split(":")[0];
  const actions = [action, `${service}:*`, "*"].map((one) => one.toLowerCase());
  return (
    names.some((one) => asked.includes(one)) && Action.some((one) => actions.includes(one.toLowerCase()))
  );
}
