import type { Fault } from "./fault.ts";
import { inFirstTenant } from "./in-database.ts";
import { atEveryStage, bounds, rollsBackBy } from "./script.ts";

const mark = "orphan-of-the-rehearsal";

/** Foreign keys and append-only rules are triggers: only a superuser gets past them, and so must this. */
const withoutTriggers = "set session_replication_role = replica";

const insert = `
  insert into part_lens.pms_inventory_transactions
    (yacht_id, part_id, stock_id, transaction_type, quantity_change, quantity_before, quantity_after, user_id, request_id)
  select yacht_id, part_id, gen_random_uuid(), 'receive', 1, 0, 1, gen_random_uuid(), '${mark}'
    from part_lens.pms_inventory_stock order by id limit 1`;

const remove = `delete from part_lens.pms_inventory_transactions where request_id = '${mark}'`;

/** A row in the ledger whose stock row does not exist. */
export const orphanedTransaction: Fault = {
  description: "a transaction is in the ledger whose stock row is not there",
  expected: atEveryStage(rollsBackBy(["dataIntegrity"], bounds.dataCheck)),
  at: ["canary-5"],
  lasting: true,
  host: {
    apply: (stack) => inFirstTenant(stack, [withoutTriggers, remove, insert]),
    clear: (stack) => inFirstTenant(stack, [withoutTriggers, remove]),
  },
};
