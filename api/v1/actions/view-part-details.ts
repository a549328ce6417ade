import * as z from "zod";
import { defineAction } from "../../action.ts";
import { uuid } from "../../fields.ts";
import { groups } from "../../roles.ts";

/** From the cache. */
export const viewPartDetails = defineAction({
  kind: "read",
  roles: groups.member,
  payload: z.strictObject({ part_id: uuid }),
  handler: (context, payload) => context.call("v1_view_part", payload),
});
