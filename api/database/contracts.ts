import { type DatabaseKind, type SqlFile, tableNumber } from "./sql-bundle.ts";

/** What a table file takes from code that was built before it. */
export interface Contract {
  /** What that code would miss, or could no longer do. */
  readonly removes: string;
  /** Code that was built with this table file, or a later one, does not need it any more. 0: no code ever did. */
  readonly unusedSince: number;
}

/**
 * Every table file that takes something away, by its path. Expand, then contract: a file adds, the code built with it
 * uses what is new, and only when such code is known to be good a later file takes the old away.
 */
export const contracts = {
  "tenant/tables/009_storage_object_states.sql": {
    removes:
      "the states pending and stored of an object; never shipped apart from the code that knows the new ones",
    unusedSince: 9,
  },
  "tenant/tables/010_reconciliation.sql": {
    removes: "nothing: the check of an audit row's version allows one more",
    unusedSince: 0,
  },
} as const satisfies Record<string, Contract>;

/** The previous version of the code cannot live with a table file: it does not ship. */
export class ContractTooEarlyError extends Error {
  override readonly name = "ContractTooEarlyError";
}

/** Statements that code of before may not survive, by what they do. In table files only: what is re-applied is whole. */
const kinds: Readonly<Record<string, RegExp>> = {
  drop: /\bdrop\s+(?!index\b|not\s+null\b)/,
  rename: /\brename\b/,
  "change a type": /\balter\s+(column\s+)?("[^"]+"|\w+)\s+(set\s+data\s+)?type\b/,
  "demand a value":
    /\bset\s+not\s+null\b|\badd\s+(column\s+)?(if\s+not\s+exists\s+)?(?!constraint\b)\w+\s+(?:(?!\bdefault\b)[^,;])*\bnot\s+null\b(?!(?:(?!\bdefault\b)[^,;])*\bdefault\b)/,
  "forbid values": /\badd\s+(constraint|check|unique|exclude|foreign|primary)\b/,
  "delete rows": /\btruncate\b|\bdelete\s+from\b/,
};

/** What the statements of that SQL do to code of before; empty where they only add. */
export function destructiveKinds(sql: string): string[] {
  const bare = sql
    .replace(/--[^\n]*|\/\*[\s\S]*?\*\//g, " ")
    .replace(/\$(\w*)\$[\s\S]*?\$\1\$/g, "''")
    .replace(/'(?:[^']|'')*'/g, "''")
    .toLowerCase();
  return Object.keys(kinds).filter((kind) => kinds[kind]?.test(bare));
}

/**
 * Refuses the files that the last known-good code cannot live with. `knownGood`: the last table file of that kind that
 * it was built with; undefined where no code is known to be good. Throws ContractTooEarlyError.
 */
export function refuseContracts(
  pending: readonly SqlFile[],
  kind: DatabaseKind,
  knownGood: number | undefined,
  declared: Readonly<Record<string, Contract>> = contracts,
): void {
  const problems = pending.flatMap(({ path, text }) => {
    const does = destructiveKinds(text);
    const contract = declared[path];
    if (does.length === 0) return [];
    if (!contract)
      return [`${path} may ${does.join(", ")}, and no contract in contracts.ts says what it removes`];
    if ((knownGood ?? 0) >= contract.unusedSince) return [];
    const has = knownGood === undefined ? "no version is known to be good" : `it was built with ${knownGood}`;
    return [
      `${path} removes ${contract.removes}: the last known-good code must be built with ${kind} table file ` +
        `${contract.unusedSince} or later, and ${has}`,
    ];
  });
  if (problems.length > 0)
    throw new ContractTooEarlyError(
      `${problems.join("; ")}. Bring code that does without it to full-100 first`,
    );
}

/** Contracts of files that are not there, or that take nothing away: a table that is wrong protects nothing. */
export function idleContracts(tables: readonly SqlFile[]): string[] {
  const destructive = tables.filter(({ text }) => destructiveKinds(text).length > 0).map(({ path }) => path);
  return Object.keys(contracts).filter((path) => !destructive.includes(path));
}

/** Contracts that allow what no code can have done: they count on a table file that comes later, or is their own. */
export function lateContracts(declared: Readonly<Record<string, Contract>> = contracts): string[] {
  const entries = Object.entries(declared);
  return entries.filter(([path, { unusedSince }]) => unusedSince > tableNumber(path)).map(([path]) => path);
}
