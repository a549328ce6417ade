import * as z from "zod";
import { defineAction } from "../../action.ts";
import { newQuantity, text, uuid } from "../../fields.ts";
import { groups } from "../../roles.ts";

/** Sets the level that was counted. Signed, and not for every head of department. */
export const adjustStockQuantity = defineAction({
  kind: "signed",
  roles: groups.stockAdjuster,
  payload: z.strictObject({ part_id: uuid, new_quantity: newQuantity, reason: text(2000) }),
  handler: (context, payload) => context.call("v2_adjust_stock_quantity", payload),
});
