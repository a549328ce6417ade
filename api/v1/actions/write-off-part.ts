import * as z from "zod";
import { defineAction } from "../../action.ts";
import { positiveQuantity, text, uuid } from "../../fields.ts";
import { groups } from "../../roles.ts";

/** Unsigned in v1: a signature that a caller of the lens sends is dropped unread, as with an adjustment. */
export const writeOffPart = defineAction({
  kind: "mutate",
  roles: groups.member,
  payload: z
    .strictObject({
      part_id: uuid,
      quantity: positiveQuantity,
      reason: text(2000).optional(),
      notes: text(2000).optional(),
      signature: z.unknown().optional(),
    })
    .transform(({ signature: _, ...payload }) => payload),
  handler: (context, payload) => context.call("v1_write_off", payload),
});
