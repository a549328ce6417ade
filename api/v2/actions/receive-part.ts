import * as z from "zod";
import { defineAction } from "../../action.ts";
import { positiveQuantity, text, uuid } from "../../fields.ts";
import { groups } from "../../roles.ts";

/** A delivery repeated by a lost answer would double the stock: hence the key. */
export const receivePart = defineAction({
  kind: "mutate",
  roles: groups.stockKeeper,
  keyRequired: true,
  payload: z.strictObject({
    part_id: uuid,
    quantity_received: positiveQuantity,
    location: text(200).optional(),
    supplier_id: text(100).optional(),
    invoice_number: text(100).optional(),
    notes: text(2000).optional(),
    photo_storage_path: text(500).optional(),
  }),
  handler: (context, payload) => context.call("v2_receive_part", payload),
});
