import type { PlannedResource } from "../../preview/graph.ts";
import { notApplicable, type Rule, require } from "../rule.ts";

const connection = "pulumi:providers:postgresql";
const role = "postgresql:index/role:Role";
const membership = "postgresql:index/grantRole:GrantRole";

/** Who the connections of a graph sign in as. */
const admins = (resources: readonly PlannedResource[]) =>
  resources.filter(({ type }) => type === connection).map(({ inputs }) => inputs.username);

/**
 * From PostgreSQL 16 on who makes a role is a member of it, and on RDS a member of rds_iam, by whatever way, signs in
 * by no password: one that makes roles which sign in by IAM must do so itself. And that is the operator's to begin
 * (docs/runbook.md): a program that makes its own admin a member cuts itself off.
 * Source: AWS, "Database authentication with Amazon RDS".
 */
export const adminNotLockedOut: Rule = {
  id: "admin-not-locked-out",
  title: "Pulumi signs in to a database by IAM, and changes nothing about who it signs in as.",
  judge: ({ type, inputs }, { resources }) => {
    if (type === connection) {
      const byIam = String(inputs.awsRdsIamAuth) === "true" && inputs.password === undefined;
      return require(byIam, "it signs in by a password, which ends with the first role in rds_iam", "awsRdsIamAuth");
    }
    const changed = type === role ? inputs.name : type === membership ? inputs.role : undefined;
    if (changed === undefined) return notApplicable;
    const property = type === role ? "name" : "role";
    return require(!admins(resources).includes(changed), `${changed} is who Pulumi signs in as`, property);
  },
};
