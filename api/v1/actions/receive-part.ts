import * as z from "zod";
import { defineAction } from "../../action.ts";
import { positiveQuantity, text, uuid } from "../../fields.ts";
import { groups } from "../../roles.ts";

/** The key is optional in v1. */
export const receivePart = defineAction({
  kind: "mutate",
  roles: groups.stockKeeper,
  payload: z.strictObject({
    part_id: uuid,
    quantity_received: positiveQuantity,
    location: text(200).optional(),
    supplier_id: text(100).optional(),
    invoice_number: text(100).optional(),
    notes: text(2000).optional(),
    photo_storage_path: text(500).optional(),
  }),
  handler: (context, { quantity_received: quantity, ...rest }) =>
    context.call("v1_receive", { ...rest, quantity }),
});
