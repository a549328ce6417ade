/**
 * The acceptance of a running stack: every case is a real request, every record holds the real answer.
 * Source: domain.md, "The evidence bundle".
 */
import { type AcceptanceCase, type CaseRecord, field } from "./acceptance-case.ts";
import { CaseRunner, type Fetch } from "./case-runner.ts";
import type { Identities } from "./identities.ts";
import { coreCases } from "./suites/core.ts";
import { idempotencyCases } from "./suites/idempotency.ts";
import { signedCases } from "./suites/signed.ts";
import { storageCases } from "./suites/storage.ts";
import { zero5xxCases } from "./suites/zero-5xx.ts";
import { World } from "./world.ts";

/** In the order they run: what is received first is consumed and written off by the next ones. */
export const suites = {
  idempotency: { file: "idempotency_409_evidence.json", cases: idempotencyCases },
  core: { file: "canonical_router_acceptance_summary.json", cases: coreCases },
  signed: { file: "signed_actions_evidence.json", cases: signedCases },
  storage: { file: "storage_rls_403_evidence.json", cases: storageCases },
  zero5xx: { file: "zero_5xx_scan.json", cases: zero5xxCases },
} as const satisfies Record<string, { file: string; cases: readonly AcceptanceCase[] }>;

export type SuiteName = keyof typeof suites;

export interface AcceptanceOptions {
  /** Of the API. */
  readonly url: string;
  readonly identities: Identities;
  /** Default: the global one. */
  readonly fetch?: Fetch;
  readonly onCase?: (suite: SuiteName, record: CaseRecord) => void;
}

/** How many answers of the whole run had which status. */
export interface ScanRecord {
  readonly name: "zero-5xx scan";
  readonly expected: "no answer of 500 or above, and an answer to every request";
  readonly answers: number;
  readonly unanswered: number;
  readonly serverErrors: number;
  readonly byStatus: Readonly<Record<string, number>>;
  readonly passed: boolean;
}

/** What one file holds. */
export interface SuiteRecord {
  readonly suite: SuiteName;
  readonly api: string;
  readonly yachtId: string;
  readonly startedAt: string;
  readonly endedAt: string;
  /** What produced the answers: one of each, or the stack changed while it was looked at. */
  readonly stamps: {
    readonly code: readonly string[];
    readonly stage: readonly string[];
    readonly flags: readonly string[];
  };
  readonly passed: boolean;
  readonly cases: readonly (CaseRecord | ScanRecord)[];
  readonly scan?: ScanRecord;
}

export interface AcceptanceRecord {
  readonly passed: boolean;
  readonly files: Readonly<Record<string, SuiteRecord>>;
}

/** Runs all suites; cases that fail are in the record. Rejects only when a case cannot be made. */
export async function runAcceptance(options: AcceptanceOptions): Promise<AcceptanceRecord> {
  const { url, identities, onCase, fetch = globalThis.fetch } = options;
  const runner = new CaseRunner(url, new World(identities), fetch);
  const records = new Map<SuiteName, CaseRecord[]>();
  for (const name of Object.keys(suites) as SuiteName[]) {
    const done: CaseRecord[] = [];
    for (const acceptance of suites[name].cases) {
      const record = await runner.run(acceptance);
      done.push(record);
      onCase?.(name, record);
    }
    records.set(name, done);
  }
  const scan = scanOf([...records.values()].flat());
  const entries = [...records].map(
    ([name, cases]) => [suites[name].file, suiteRecord(name, cases, scan, options)] as const,
  );
  return { passed: entries.every(([, { passed }]) => passed), files: Object.fromEntries(entries) };
}

function scanOf(records: readonly CaseRecord[]): ScanRecord {
  const answers = records.flatMap(({ answer }) => (answer ? [answer] : []));
  const byStatus: Record<string, number> = {};
  for (const { status } of answers) byStatus[status] = (byStatus[status] ?? 0) + 1;
  const serverErrors = answers.filter(({ status }) => status >= 500).length;
  const unanswered = records.length - answers.length;
  return {
    name: "zero-5xx scan",
    expected: "no answer of 500 or above, and an answer to every request",
    answers: answers.length,
    unanswered,
    serverErrors,
    byStatus,
    passed: serverErrors === 0 && unanswered === 0,
  };
}

function suiteRecord(
  suite: SuiteName,
  records: readonly CaseRecord[],
  scan: ScanRecord,
  { url, identities }: AcceptanceOptions,
): SuiteRecord {
  const cases = suite === "core" ? [...records, scan] : records;
  return {
    suite,
    api: url,
    yachtId: identities.yacht.id,
    startedAt: records[0]?.at ?? "",
    endedAt: records.at(-1)?.at ?? "",
    stamps: {
      code: stampsOf(records, "code"),
      stage: stampsOf(records, "stage"),
      flags: stampsOf(records, "flags"),
    },
    passed: cases.every(({ passed }) => passed) && (suite !== "zero5xx" || scan.passed),
    cases,
    ...(suite === "zero5xx" && { scan }),
  };
}

function stampsOf(records: readonly CaseRecord[], name: "code" | "stage" | "flags"): string[] {
  const found = records.flatMap(({ answer }) => answer?.stamps[name] ?? []);
  return [...new Set(found)];
}

/** Why a run on a stack whose lens is off cannot pass, or undefined. */
export function hintOf(record: AcceptanceRecord): string | undefined {
  const off = Object.values(record.files).some(({ cases }) =>
    cases.some((each) => "answer" in each && field(each.answer?.body, "code") === "version_not_enabled"),
  );
  return off
    ? "the yacht's lens is off: acceptance runs on a pilot yacht while the rollout is at canary-5 or above"
    : undefined;
}
