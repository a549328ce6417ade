import { compliant, notApplicable, type Rule, violation } from "../rule.ts";
import { listOf, type PolicyStatement, statementsOf } from "../statements.ts";

function isForEverybody({ Principal }: PolicyStatement): boolean {
  if (Principal === "*") return true;
  return listOf((Principal as { AWS?: unknown } | undefined)?.AWS).includes("*");
}

export const noPublicPolicy: Rule = {
  id: "no-public-policy",
  title: "No policy allows anything to everybody.",
  judge: (resource) => {
    const statements = statementsOf(resource);
    if (statements.length === 0) return notApplicable;
    const open = statements.find(
      ({ statement }) => statement.Effect === "Allow" && isForEverybody(statement) && !statement.Condition,
    );
    return open
      ? violation("allows it to everybody, without a condition", `${open.property}.Principal`)
      : compliant;
  },
};
