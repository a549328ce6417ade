/** The delivery runner's role as the program gives it, written for the emulator. */
import { runnerRole } from "../../infra/delivery/runner-permissions.ts";
import { policyDocument, type Statement } from "../../infra/policy.ts";
import { type Resolver, resolveReferences } from "../../infra/preview/reference.ts";
import { deliveredDev } from "../aws-check/delivered-graph.ts";
import { asJudged } from "./as-judged.ts";
import { outputOf } from "./planned-roles.ts";

export interface RunnerPolicy {
  /** Of the resource that it is the policy of. */
  readonly name: string;
  readonly statements: readonly Statement[];
}

const policyTypes = ["aws:iam/rolePolicy:RolePolicy", "aws:iam/policy:Policy"];

/**
 * Its four policies: one in the role, three that say what an update does. `known`: the outputs of what a test has made;
 * the others are made of names.
 */
export async function runnerPolicies(known: Resolver = () => undefined): Promise<RunnerPolicy[]> {
  const { resources } = await deliveredDev();
  const own = resources.filter(
    ({ type, name }) =>
      policyTypes.includes(type) && (name === runnerRole || name.startsWith(`${runnerRole}-`)),
  );
  return own.map(({ name, inputs }) => {
    const policy = resolveReferences(inputs.policy, (reference) => known(reference) ?? outputOf(reference));
    return { name, statements: (JSON.parse(String(policy)) as { Statement: Statement[] }).Statement };
  });
}

/** Everything that it is granted: an action, and the Sid of the statement that it is in. */
export async function runnerGrants(): Promise<{ readonly sid: string; readonly action: string }[]> {
  const statements = (await runnerPolicies()).flatMap((policy) => policy.statements);
  const allowed = statements.filter(({ Effect }) => Effect === "Allow");
  return allowed.flatMap(({ Sid = "", Action }) => [Action].flat().map((action) => ({ sid: Sid, action })));
}

/** The document for the emulator, without the actions named. */
export function writtenFor({ statements }: RunnerPolicy, without: readonly string[] = []): string {
  const left = statements.map((statement) =>
    statement.Effect === "Deny"
      ? statement
      : { ...statement, Action: [statement.Action].flat().filter((action) => !without.includes(action)) },
  );
  return policyDocument(left.filter(({ Action }) => Action.length > 0).flatMap(asJudged));
}
