import * as z from "zod";
import { type ActionContext, defineAction } from "../../action.ts";
import { ApiError } from "../../errors.ts";
import { uuid } from "../../fields.ts";
import { groups } from "../../roles.ts";
import { bucketRule } from "../buckets.ts";
import { withinLimits } from "../limits.ts";
import { isMediaType } from "../media-type.ts";
import type { FoundObject } from "../object-store.ts";
import { onlyFor } from "../permission.ts";
import type { StoredObject } from "../stored-object.ts";

/**
 * Says that the upload is done. It is believed when what is there has the size, the type and the hash that were
 * registered, and begins like a file of that type; else it is removed and the row rejected.
 */
export const confirmObject = defineAction({
  kind: "mutate",
  roles: groups.stockKeeper,
  payload: z.strictObject({ object_id: uuid }),
  async handler(context, payload) {
    const object = (await context.call("v2_view_object", payload)) as StoredObject;
    onlyFor(bucketRule(object.bucket).uploaders, context.scope.role);
    if (object.state === "confirmed") return object;
    const found = await context.store.find(context.scope.yacht_id, object, object.size_bytes);
    if (!found) throw new ApiError("object_not_uploaded");
    await checked(context, object, found);
    return context.call("v2_confirm_object", payload);
  },
});

async function checked(context: ActionContext, object: StoredObject, found: FoundObject): Promise<void> {
  try {
    refuseMismatch(object, found);
  } catch (mismatch) {
    // First the row: once it is rejected nobody can confirm it, whatever becomes of the bytes.
    await context.call("v2_reject_object", { object_id: object.object_id });
    await context.store.remove(context.scope.yacht_id, object);
    throw mismatch;
  }
}

function refuseMismatch(object: StoredObject, found: FoundObject): void {
  withinLimits(object.bucket, found.size, found.mimeType);
  const sameType = found.mimeType === object.mime_type;
  const sameBytes = found.size === object.size_bytes && found.sha256 === object.sha256;
  if (!sameType || !sameBytes) throw new ApiError("object_mismatch");
  if (!isMediaType(object.mime_type, found.head ?? new Uint8Array())) {
    throw new ApiError("object_type_not_allowed", { details: { mime_type: object.mime_type } });
  }
}
