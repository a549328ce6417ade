import * as z from "zod";
import { defineAction } from "../../action.ts";
import { newQuantity, text, uuid } from "../../fields.ts";
import { groups } from "../../roles.ts";

/**
 * Unsigned in v1, and for every head of department. A caller of the lens cannot know which version answers and may
 * send a signature: it is dropped unread.
 */
export const adjustStockQuantity = defineAction({
  kind: "mutate",
  roles: groups.hod,
  payload: z
    .strictObject({
      part_id: uuid,
      new_quantity: newQuantity,
      reason: text(2000).optional(),
      notes: text(2000).optional(),
      signature: z.unknown().optional(),
    })
    .transform(({ signature: _, ...payload }) => payload),
  handler: (context, payload) => context.call("v1_adjust", payload),
});
