import * as z from "zod";
import { defineAction } from "../../action.ts";
import { uuid } from "../../fields.ts";
import { groups } from "../../roles.ts";
import { bucketName, cursor, cursorOf } from "../object-fields.ts";

/** From a query string. */
const pageSize = z
  .string()
  .regex(/^\d{1,3}$/)
  .transform(Number)
  .refine((limit) => limit >= 1 && limit <= 100, "must be 1 to 100")
  .default(50);

/** Answers the yacht's registered and confirmed objects, newest first; `next_cursor` when there are more. */
export const listObjects = defineAction({
  kind: "read",
  roles: groups.member,
  payload: z.strictObject({
    bucket: bucketName.optional(),
    part_id: uuid.optional(),
    limit: pageSize,
    cursor: cursor.optional(),
  }),
  async handler({ call }, { cursor: after, ...payload }) {
    const page = await call("v2_list_objects", { ...payload, ...(after && { after }) });
    const { after: next, ...rest } = page as { objects: object[]; after?: object };
    return { ...rest, ...(next && { next_cursor: cursorOf(next) }) };
  },
});
