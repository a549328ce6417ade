import * as z from "zod";
import { defineAction } from "../../action.ts";
import { positiveQuantity, text, uuid } from "../../fields.ts";
import { groups } from "../../roles.ts";

/** Books stock as lost. Signed, by any member. */
export const writeOffPart = defineAction({
  kind: "signed",
  roles: groups.member,
  payload: z.strictObject({ part_id: uuid, quantity: positiveQuantity, reason: text(2000) }),
  handler: (context, payload) => context.call("v2_write_off_part", payload),
});
