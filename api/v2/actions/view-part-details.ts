import * as z from "zod";
import { defineAction } from "../../action.ts";
import { uuid } from "../../fields.ts";
import { groups } from "../../roles.ts";

export const viewPartDetails = defineAction({
  kind: "read",
  roles: groups.member,
  payload: z.strictObject({ part_id: uuid }),
  handler: (context, payload) => context.call("v2_view_part_details", payload),
});
