import type { PlannedResource } from "../../preview/graph.ts";
import { type Answer, compliant, notApplicable, type Rule, violation } from "../rule.ts";
import { type FoundStatement, listOf, statementsOf } from "../statements.ts";
import { wildcardReasons } from "../wildcard-reasons.ts";

type Reasons = Readonly<Record<string, string>>;

const attachment = "aws:iam/rolePolicyAttachment:RolePolicyAttachment";
const key = "aws:kms/key:Key";

/** The part of the statement that is open, or undefined. In a key's own policy the resource "*" is that key. */
function openPart(resource: PlannedResource, { statement }: FoundStatement): string | undefined {
  if (statement.Effect !== "Allow") return undefined;
  if (statement.NotAction !== undefined) return "NotAction";
  if (statement.NotResource !== undefined) return "NotResource";
  if (listOf(statement.Action).some((action) => action.includes("*"))) return "Action";
  if (resource.type === key) return undefined;
  return listOf(statement.Resource).some((name) => name.includes("*")) ? "Resource" : undefined;
}

function judgeAttachment(resource: PlannedResource, reasons: Reasons): Answer {
  const arn = String(resource.inputs.policyArn);
  if (!arn.startsWith("arn:aws:iam::aws:") || arn in reasons) return compliant;
  return violation(
    `${arn} is AWS's own policy, and no reason for it is given in wildcard-reasons.ts`,
    "policyArn",
  );
}

/** With the reasons handed in, so that a test can leave them out. */
export function wildcardRule(reasons: Reasons): Rule {
  return {
    id: "no-unexplained-wildcard",
    title: "A wildcard in an action or a resource has a reason, given in code.",
    judge: (resource) => {
      if (resource.type === attachment) return judgeAttachment(resource, reasons);
      const statements = statementsOf(resource);
      if (statements.length === 0) return notApplicable;
      for (const found of statements) {
        const part = openPart(resource, found);
        const name = `${resource.name}::${found.statement.Sid ?? "(no Sid)"}`;
        if (part === undefined || name in reasons) continue;
        return violation(
          `a wildcard without a reason for "${name}" in wildcard-reasons.ts`,
          `${found.property}.${part}`,
        );
      }
      return compliant;
    },
  };
}

export const noUnexplainedWildcard = wildcardRule(wildcardReasons);
