import { type CodeStamp, codeText } from "../code-stamp.ts";
import type { RolloutState } from "../state.ts";
import { type Accepted, type Caller, given, type Refused, stampOf } from "./decision.ts";

export interface CodeRollback extends Accepted {
  /** The version that the alias is moved to. */
  readonly to: CodeStamp;
  /** What it means for the databases: nothing is undone. */
  readonly migrations: string;
}

/** The code that serves now, and the SQL that the databases have. */
export interface CodeSituation {
  readonly live: CodeStamp;
  readonly migrationHash: string;
  readonly reason?: string;
}

/** Puts the last known-good version back. Refused where none is recorded, and where it serves already. */
export function rollbackCode(
  { code }: RolloutState,
  caller: Caller,
  { live, migrationHash, reason }: CodeSituation,
): CodeRollback | Refused {
  const to = code?.lastKnownGood;
  if (!to) {
    return { refused: "no version is recorded as last known-good: one is when its full-100 has passed" };
  }
  if (to.version === live.version)
    return { refused: `${codeText(to)} is the last known-good, and is live already` };
  const cause = given(reason) ?? `asked for by ${caller.actor}`;
  return {
    events: [{ kind: "codeRolledBack", ...stampOf(caller), from: live, to, cause }],
    to,
    migrations: migrationsText(to, live, migrationHash),
    text: `code rolled back from ${codeText(live)} to ${codeText(to)}; it stays until "npm run rollout -- acknowledge --reason …"`,
  };
}

/** Source: design.md, decision 7: expand and contract. */
function migrationsText(to: CodeStamp, live: CodeStamp, migrationHash: string): string {
  if (to.migrationHash === migrationHash)
    return "migrations: none since; it was built with the SQL that is applied";
  const more = {
    master: live.tables.master - to.tables.master,
    tenant: live.tables.tenant - to.tables.tenant,
  };
  return (
    "migrations: none is undone. The databases keep the SQL they have; since that version " +
    `${more.master} table file(s) of MASTER and ${more.tenant} of the tenants came, and the migrator lets none ship ` +
    "that the last known-good version cannot live with"
  );
}
