import { type SuiteName, type SuiteRecord, suites } from "../../../monitoring/evidence/acceptance.ts";
import { hour } from "./sample-log.ts";

const yachtId = "1681b488-c20d-4f01-8753-02b80fcce2f3";

/** One case a suite, as an acceptance run writes them; for tests of what is done with records, not of how they are made. */
export function acceptanceWith(changes: { readonly passed?: boolean; readonly api?: string } = {}) {
  const { passed = true, api = "https://parts.example" } = changes;
  const record = (suite: SuiteName): SuiteRecord => ({
    suite,
    api,
    yachtId,
    startedAt: hour(181),
    endedAt: hour(181),
    stamps: { code: ["c0de"], stage: ["full-100"], flags: ["f1a6"] },
    passed,
    cases: [
      {
        name: `a case of ${suite} | with a bar`,
        as: "hod",
        request: {
          method: "GET",
          path: `/v2/parts/low-stock?yacht_id=${yachtId}`,
          authorization: "Bearer [redacted]",
        },
        expected: { status: 200 },
        answer: {
          status: passed ? 200 : 500,
          body: { part_id: "9c949b36-70c1-4903-84e8-915b31f1d1ed" },
          requestId: "r",
          stamps: { code: "c0de", stage: "full-100", flags: "f1a6", version: "v2" },
        },
        at: hour(181),
        milliseconds: 12.5,
        passed,
        problems: passed ? [] : ["500, not 200"],
      },
    ],
  });
  const names = Object.keys(suites) as SuiteName[];
  return Object.fromEntries(names.map((name) => [suites[name].file, record(name)]));
}

export const sampleAcceptance = acceptanceWith();
