import { describe, expect, it } from "vitest";
import { plan, type StageName } from "../../../flags/plan.ts";
import { type FaultName, faults } from "../../../infra/local/faults/catalogue.ts";
import type { ActionHandler, Fault } from "../../../infra/local/faults/fault.ts";
import { type CauseKey, rollbackKeys } from "../../../monitoring/alarms.ts";

const names = Object.keys(faults) as FaultName[];
const stages = plan.map(({ stage }) => stage).filter((stage) => stage !== "off") as Exclude<
  StageName,
  "off"
>[];
const rollsBack = (key: CauseKey) => rollbackKeys.includes(key);

describe.each(names)("the fault %s", (name) => {
  const fault: Fault = faults[name];

  it("expects at every stage alarms that roll back, or a word of the judge", () => {
    for (const stage of stages) {
      const expected = fault.expected[stage];
      if ("rollback" in expected) {
        expect(expected.rollback.length).toBeGreaterThan(0);
        expect(expected.rollback.every(rollsBack)).toBe(true);
        expect(expected.withinSeconds).toBeLessThan(600);
      } else expect(["pass", "fail", "inconclusive"]).toContain(expected.verdict);
    }
  });

  it("is played by the matrix at one stage at least", () => {
    expect(fault.at.length).toBeGreaterThan(0);
  });

  it("does something: around the handlers, around the product, or by what is asked", () => {
    expect(fault.wrap ?? fault.host ?? fault.asks).toBeDefined();
  });
});

describe("an unsigned execution", () => {
  const { wrap } = faults["unsigned-execution"] as Fault;
  const asked: unknown[] = [];
  const context = {
    call: async (name: string, payload: unknown) => {
      asked.push([name, payload]);
      return { transaction_id: "1" };
    },
  };
  const signed: ActionHandler = async () => ({ is_signed: true });

  it("sets the stock the way v1 does, without evidence", async () => {
    const payload = { part_id: "p", new_quantity: 3 };
    expect(await wrap?.(signed)(context, payload)).not.toHaveProperty("is_signed");
    expect(asked).toEqual([["v1_adjust", payload]]);
  });

  it("leaves every other action alone", async () => {
    expect(await wrap?.(signed)(context, { part_id: "p" })).toEqual({ is_signed: true });
  });
});
