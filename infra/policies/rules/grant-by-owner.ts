import { keyOf } from "../../preview/graph.ts";
import { targetOf } from "../pointing.ts";
import { notApplicable, type Rule, require } from "../rule.ts";

/**
 * PostgreSQL lets nobody but its owner grant on a database, and says no more than a warning to anybody else: the update
 * succeeds, and PUBLIC may still connect. For schemas and tables the provider becomes the owner for a moment, for a
 * database it does not. Source: PostgreSQL, GRANT, "Notes"; cyrilgdn/terraform-provider-postgresql#133.
 */
export const grantByOwner: Rule = {
  id: "grant-by-owner",
  title:
    "Who grants on a database owns it: of anybody else PostgreSQL takes no grant, and says so to nobody.",
  judge: ({ type, inputs, provider }, { resources }) => {
    if (type !== "postgresql:index/grant:Grant" || inputs.objectType !== "database") return notApplicable;
    const database = targetOf(inputs.database, resources, "postgresql:index/database:Database");
    const connection = resources.find((other) => keyOf(other) === provider);
    const [owner, user] = [database?.inputs.owner, connection?.inputs.username];
    const message = `${owner ?? "nobody known"} owns the database, ${user ?? "nobody known"} grants`;
    return require(owner !== undefined && owner === user, message, "database");
  },
};
