import * as z from "zod";
import { defineAction } from "../../action.ts";
import { text, thresholdPercent } from "../../fields.ts";
import { groups } from "../../roles.ts";

/** From the cache. */
export const viewLowStock = defineAction({
  kind: "read",
  roles: groups.member,
  payload: z.strictObject({
    threshold_percent: thresholdPercent.optional(),
    department: text(100).optional(),
  }),
  handler: (context, payload) => context.call("v1_low_stock", payload),
});
