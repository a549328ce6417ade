import { rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { AcceptanceRecord } from "../../../monitoring/evidence/acceptance.ts";
import { toldAcceptance } from "../../../monitoring/evidence/acceptance-report.ts";
import type { Identities } from "../../../monitoring/evidence/identities.ts";
import type { LocalStack } from "../local-stack.ts";
import type { ServiceOutputs } from "../stack-outputs.ts";
import type { KnownGood } from "./known-good.ts";
import { ownProgram } from "./revision-checkout.ts";
import { type SqlChange, sqlChange } from "./sql-change.ts";

/** What `evidence acceptance --known-good --json` prints. */
export interface KnownGoodRecord extends AcceptanceRecord {
  readonly knownGood: Pick<KnownGood, "name" | "commit" | "codeVersion">;
  /** Null for a bundle by itself: nothing says which SQL it was built with. */
  readonly sql: SqlChange | null;
  /** What stands against it beside the cases. */
  readonly problems: readonly string[];
}

export interface KnownGoodOptions {
  readonly stack: LocalStack;
  readonly service: Pick<ServiceOutputs, "apiUrl">;
  readonly identities: Identities;
  /** Where the files of the cases go. */
  readonly out: string;
  readonly tell: (text: string) => void;
}

/**
 * Deploys code of before on a stack whose databases have this checkout's SQL, and runs the acceptance that this code
 * passed when it shipped: its own where it is a revision, this checkout's where it is a bundle by itself. Source:
 * design.md, decision 7.
 */
export async function knownGoodAcceptance(
  good: KnownGood,
  options: KnownGoodOptions,
): Promise<KnownGoodRecord> {
  const { stack, tell } = options;
  const { name, commit, codeVersion, checkout, bundleDirectory } = good;
  const sql = checkout === undefined ? null : sqlChange(join(checkout, "api/database/sql"));
  await stack.deployCode(bundleDirectory, codeVersion);
  tell(`The code ${codeVersion} of ${name}${commit ? ` (${commit.slice(0, 12)})` : ""} serves on this SQL`);
  const record =
    checkout === undefined ? await ownSuites(options) : await suitesOf({ ...good, checkout }, options);
  const stamps = [...new Set(Object.values(record.files).flatMap((suite) => suite.stamps.code))];
  const problems = [
    ...(sql?.refused ?? []),
    ...(stamps.length === 1 && stamps[0] === codeVersion
      ? []
      : [`the answers are of the code ${stamps.join(", ") || "of nobody"}, not of ${codeVersion}`]),
  ];
  const passed = record.passed && problems.length === 0;
  tell(endText({ codeVersion, sql, problems, passed }));
  return {
    passed,
    knownGood: { name, ...(commit && { commit }), codeVersion },
    sql,
    problems,
    files: record.files,
  };
}

function ownSuites({ service, identities, out, tell }: KnownGoodOptions): Promise<AcceptanceRecord> {
  return toldAcceptance({ url: service.apiUrl, identities }, { out, tell });
}

/** The command of that revision, as a user would call it. */
async function suitesOf(
  { checkout }: KnownGood & { readonly checkout: string },
  { stack, service, identities, out, tell }: KnownGoodOptions,
): Promise<AcceptanceRecord> {
  const file = join(stack.directory, "identities.json");
  writeFileSync(file, JSON.stringify(identities), { mode: 0o600 });
  const url = ["--url", service.apiUrl, "--identities", file, "--out", resolve(out), "--json"];
  try {
    const { stdout } = await ownProgram(checkout, ["monitoring/evidence/evidence.ts", "acceptance", ...url], {
      fine: [0, 1],
      tell: (text) => tell(text.replace(/\n$/, "")),
    });
    return JSON.parse(stdout) as AcceptanceRecord;
  } finally {
    rmSync(file);
  }
}

type End = Pick<KnownGoodRecord, "sql" | "problems" | "passed"> & { readonly codeVersion: string };

function endText({ codeVersion, sql, problems, passed }: End): string {
  const change = sql ? changeText(sql) : "the SQL that it was built with is not known";
  return [
    ...problems.map((problem) => `refused: ${problem}`),
    `The code ${codeVersion} ${passed ? "can live" : "cannot live"} with the SQL of this checkout; ${change}`,
  ].join("\n");
}

function changeText({ from, to, tables }: SqlChange): string {
  if (from === to) return "the SQL is the one that it was built with";
  return `since then: ${tables.length > 0 ? tables.join(", ") : "no table file"}, and what is re-applied`;
}
