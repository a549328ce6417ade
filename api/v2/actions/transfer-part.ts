import * as z from "zod";
import { defineAction } from "../../action.ts";
import { positiveQuantity, text, uuid } from "../../fields.ts";
import { groups } from "../../roles.ts";

/** Moves stock from one place to another; the part's total stays. */
export const transferPart = defineAction({
  kind: "mutate",
  roles: groups.stockMover,
  payload: z.strictObject({
    part_id: uuid,
    quantity: positiveQuantity,
    from_location: text(200),
    to_location: text(200),
    notes: text(2000).optional(),
  }),
  handler: (context, payload) => context.call("v2_transfer_part", payload),
});
