import * as z from "zod";
import { defineAction } from "../../action.ts";
import { positiveQuantity, uuid } from "../../fields.ts";
import { groups } from "../../roles.ts";

/** Asks for a part to be bought: the suggested order, or one pack when nothing is short, unless a quantity is given. */
export const addToShoppingList = defineAction({
  kind: "mutate",
  roles: groups.requester,
  payload: z.strictObject({
    part_id: uuid,
    quantity_requested: positiveQuantity.optional(),
    urgency: z.enum(["low", "normal", "high", "critical"]).optional(),
  }),
  handler: (context, payload) => context.call("v2_add_to_shopping_list", payload),
});
