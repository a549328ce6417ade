import * as z from "zod";
import { defineAction } from "../../action.ts";
import { text, uuid } from "../../fields.ts";
import { groups } from "../../roles.ts";
import { bucketRule } from "../buckets.ts";
import { withinLimits } from "../limits.ts";
import { bucketName, fileName, sha256, sizeBytes } from "../object-fields.ts";
import { onlyFor } from "../permission.ts";
import { contentOf, type StoredObject } from "../stored-object.ts";

/** Announces an upload; answers the object and `upload`, the URL and headers to send it with. */
export const registerObject = defineAction({
  kind: "mutate",
  roles: groups.stockKeeper,
  payload: z.strictObject({
    bucket: bucketName,
    part_id: uuid,
    file_name: fileName,
    size_bytes: sizeBytes,
    mime_type: text(100),
    sha256,
  }),
  async handler({ scope, call, store }, { file_name, ...payload }) {
    const rule = bucketRule(payload.bucket);
    onlyFor(rule.uploaders, scope.role);
    withinLimits(payload.bucket, payload.size_bytes, payload.mime_type);
    const key = rule.key(scope.yacht_id, payload.part_id, file_name);
    const object = (await call("v2_register_object", { ...payload, key })) as StoredObject;
    return { ...object, upload: await store.signUpload(scope.yacht_id, contentOf(object)) };
  },
});
