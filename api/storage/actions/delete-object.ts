import * as z from "zod";
import { defineAction } from "../../action.ts";
import { uuid } from "../../fields.ts";
import { groups } from "../../roles.ts";
import { bucketRule } from "../buckets.ts";
import { onlyFor } from "../permission.ts";
import type { StoredObject } from "../stored-object.ts";

/** Removes an object. The bytes go first: when the store refuses, the row is as it was. */
export const deleteObject = defineAction({
  kind: "mutate",
  roles: groups.hod,
  payload: z.strictObject({ object_id: uuid }),
  async handler({ scope, call, store }, payload) {
    const object = (await call("v2_view_object", payload)) as StoredObject;
    onlyFor(bucketRule(object.bucket).deleters, scope.role);
    await store.remove(scope.yacht_id, object);
    return call("v2_delete_object", payload);
  },
});
