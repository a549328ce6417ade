import type { Fault } from "./fault.ts";
import { inFirstTenant } from "./in-database.ts";
import { atEveryStage, bounds, rollsBackBy } from "./script.ts";

/** Somebody who may do everything changes a cache, and books nothing. */
const drift = `
  update part_lens.pms_inventory_stock set quantity = quantity + 1
   where id = (select min(id::text)::uuid from part_lens.pms_inventory_stock)`;

/** Every cache is what the ledger says again. */
const repair = `
  update part_lens.pms_inventory_stock stock set quantity = broken.total
    from part_lens.ledger_mismatches broken
   where broken.yacht_id = stock.yacht_id and broken.stock_id = stock.id`;

/** One stock row of one yacht no longer is the sum of its ledger, whatever version served it. */
export const ledgerDrift: Fault = {
  description: "the superuser moves the cache of one stock row past the ledger",
  expected: atEveryStage(rollsBackBy(["dataIntegrity"], bounds.dataCheck)),
  at: ["canary-5"],
  lasting: true,
  host: {
    apply: (stack) => inFirstTenant(stack, [repair, drift]),
    clear: (stack) => inFirstTenant(stack, [repair]),
  },
};
