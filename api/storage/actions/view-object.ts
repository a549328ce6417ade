import * as z from "zod";
import { defineAction } from "../../action.ts";
import { uuid } from "../../fields.ts";
import { groups } from "../../roles.ts";
import type { StoredObject } from "../stored-object.ts";

/** Answers the object and, once it is confirmed, `download`: a URL to read it. */
export const viewObject = defineAction({
  kind: "read",
  roles: groups.member,
  payload: z.strictObject({ object_id: uuid }),
  async handler({ scope, call, store }, payload) {
    const object = (await call("v2_view_object", payload)) as StoredObject;
    if (object.state !== "confirmed") return object;
    return { ...object, download: await store.signDownload(scope.yacht_id, object) };
  },
});
