/** Row security and privileges: what somebody takes away in the database, and what probes do every minute. */
import type { Fault } from "./fault.ts";
import { inFirstTenant } from "./in-database.ts";
import { atEveryStage, bounds, ends, rollsBackBy } from "./script.ts";

/** The API's own checks pass, and the database says no: v2 asks for something that its role may not. */
export const privilegeRevoked: Fault = {
  description: "the API's role loses the right to v2's view of a part in one tenant",
  // The yacht on v2 in canary-5 is a pilot, and of that tenant.
  expected: atEveryStage(rollsBackBy(["rlsRefused"], bounds.minute)),
  at: ["ramp-50"],
  lasting: true,
  host: {
    apply: (stack) => inFirstTenant(stack, [view("revoke", "from")]),
    clear: (stack) => inFirstTenant(stack, [view("grant", "to")]),
  },
};

function view(verb: "grant" | "revoke", preposition: "to" | "from"): string {
  return `${verb} execute on function part_lens.v2_view_part_details(jsonb, jsonb) ${preposition} part_lens_api`;
}

/** No request shows it: every handler asks with its yacht. The probe does not, and sees the rows of others. */
export const policyDropped: Fault = {
  description: "row security of the parts is switched off in one tenant",
  expected: atEveryStage(rollsBackBy(["rlsLeak"], bounds.minute)),
  at: ["canary-5"],
  lasting: true,
  asks: "probes",
  host: {
    apply: (stack) => inFirstTenant(stack, ["alter table part_lens.pms_parts disable row level security"]),
    clear: (stack) => inFirstTenant(stack, ["alter table part_lens.pms_parts enable row level security"]),
  },
};

/** Probes are refused all the time: by the database as the API's role, and by the API as a member of another yacht. */
export const probesRefused: Fault = {
  description: "probes of rows and of foreign yachts are refused every minute, as they must be",
  expected: atEveryStage(ends("pass")),
  at: ["canary-5"],
  asks: "probes",
};
