import * as z from "zod";
import { defineAction } from "../../action.ts";
import { positiveQuantity, text, uuid } from "../../fields.ts";
import { groups } from "../../roles.ts";

export const consumePart = defineAction({
  kind: "mutate",
  roles: groups.stockKeeper,
  payload: z.strictObject({
    part_id: uuid,
    quantity: positiveQuantity,
    work_order_id: text(100).optional(),
    notes: text(2000).optional(),
  }),
  handler: (context, payload) => context.call("v1_consume", payload),
});
