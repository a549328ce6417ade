import * as z from "zod";
import { defineAction } from "../../action.ts";
import { text, thresholdPercent } from "../../fields.ts";
import { groups } from "../../roles.ts";

export const viewLowStock = defineAction({
  kind: "read",
  roles: groups.member,
  payload: z.strictObject({
    threshold_percent: thresholdPercent.optional(),
    department: text(100).optional(),
  }),
  handler: (context, payload) => context.call("v2_view_low_stock", payload),
});
