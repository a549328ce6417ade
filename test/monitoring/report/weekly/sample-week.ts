/** A quiet week of two tenants; a test spoils what it looks at. */
import { Seeded } from "../../../../infra/local/rehearsal/seeded.ts";
import { daysOf, type Week } from "../../../../monitoring/report/weekly/week.ts";
import type { LatencyDay } from "../../../../monitoring/trends/latency-days.ts";

const span = { from: "2026-01-05", to: "2026-01-12" };
const tenants = ["aegean-charter", "northern-owners"];
const actions = { view_part_details: 9, receive_part: 24, adjust_stock_quantity: 110 } as const;

function latency(): LatencyDay[] {
  return Object.entries(actions).flatMap(([action, base]) =>
    tenants.flatMap((tenant) =>
      daysOf(span).map((day): LatencyDay => {
        const p95 = base * (0.95 + 0.1 * new Seeded("week", action, tenant, day).next());
        return { day, tenant, action, version: "v2", requests: 120, p95, p99: 1.6 * p95 };
      }),
    ),
  );
}

export function sampleWeek(): Week {
  return {
    environment: "staging",
    ...span,
    drift: tenants.flatMap((tenant) =>
      daysOf(span).map((day) => ({ day, tenant, examined: 4_000, breaks: 0, worst: 0 })),
    ),
    drifting: [],
    signatures: tenants.map((tenant) => ({
      tenant,
      executed: 14,
      withEvidence: 14,
      unsignedInV1: 3,
      chainRows: 51_200,
      defects: [],
    })),
    latency: latency(),
    slowCalls: [{ tenant: tenants[0]!, call: "v2_receive_part", calls: 1_680, mean: 3.4, share: 0.41 }],
    indexAdvice: [],
    probes: tenants.map((tenant) => ({ tenant, attempts: 10_080, violations: 0 })),
    orphans: tenants.map((tenant) => ({ tenant, rowsWithoutObject: 0, objectsWithoutRow: 0, unswept: 0 })),
    missing: [],
  };
}
