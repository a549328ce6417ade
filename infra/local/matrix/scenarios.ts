import type { StageName } from "../../../flags/plan.ts";
import { type FaultName, faults } from "../faults/catalogue.ts";
import type { Fault } from "../faults/fault.ts";

export interface Scenario {
  readonly fault: FaultName;
  readonly at: Exclude<StageName, "off">;
  /** The causes of which one must roll it back, or what the judge must say when nothing may. */
  readonly expected: string;
}

/** Each of those faults at each of those stages. */
export function scenariosOf(names: readonly FaultName[], stages: readonly Scenario["at"][]): Scenario[] {
  return stages.flatMap((at) =>
    names.map((fault) => ({ fault, at, expected: expectation(faults[fault], at) })),
  );
}

function expectation({ expectNone, expected }: Fault, at: Scenario["at"]): string {
  return expectNone ? `no rollback, ${expectNone}` : expected[at].join(" or ");
}
