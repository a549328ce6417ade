import { compliant, notApplicable, type Rule, violation } from "../rule.ts";
import { conditionValues, listOf, statementsOf } from "../statements.ts";

export const passRoleBounded: Rule = {
  id: "pass-role-bounded",
  title: "Who may hand a role to a service is told which roles, and to which services.",
  judge: (resource) => {
    const passing = statementsOf(resource).filter(
      ({ statement }) =>
        statement.Effect === "Allow" && listOf(statement.Action).some((action) => action === "iam:PassRole"),
    );
    if (passing.length === 0) return notApplicable;
    for (const { property, statement } of passing) {
      if (!listOf(statement.Resource).every((arn) => arn.includes(":role/part-lens-")))
        return violation("any role may be handed on", `${property}.Resource`);
      if (conditionValues(statement, "iam:PassedToService").length === 0)
        return violation("a role may be handed to any service", `${property}.Condition`);
    }
    return compliant;
  },
};
