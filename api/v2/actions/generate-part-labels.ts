import { createHash } from "node:crypto";
import * as z from "zod";
import { type ActionContext, defineAction } from "../../action.ts";
import { uuid } from "../../fields.ts";
import type { LabelPart } from "../../labels/label.ts";
import { labelFormatNames, labelsPerPage } from "../../labels/label-format.ts";
import { groups } from "../../roles.ts";
import { buckets } from "../../storage/buckets.ts";
import { withinLimits } from "../../storage/limits.ts";

const action = "generate_part_labels";
const bucket = "pms-label-pdfs";
const mimeType = "application/pdf";
/** Two sheets. At some 6 ms of CPU a label, more would count as slow, and slow requests roll v2 back. */
const mostLabels = 60;

/**
 * Makes the labels and stores them: row first, bytes second, so that what a failure leaves is found and swept.
 * Source: domain.md, "Storage".
 */
export const generatePartLabels = defineAction({
  kind: "mutate",
  roles: groups.labeller,
  payload: z.strictObject({
    part_ids: z.array(uuid).min(1).max(mostLabels),
    label_format: z.enum(labelFormatNames).default("a4"),
    include_qr: z.boolean().default(true),
  }),
  handler: async (context, { part_ids, label_format, include_qr }) => {
    const { parts } = (await context.call("v2_label_parts", { action, part_ids })) as { parts: LabelPart[] };
    // Loaded by the request that needs it: the library costs a cold start some 30 ms.
    const { labelPdf } = await import("../../labels/label-pdf.ts");
    const bytes = await labelPdf(parts, label_format, include_qr);
    const object_id = await stored(context, part_ids[0] ?? "", bytes);
    const page_count = Math.ceil(part_ids.length / labelsPerPage(label_format));
    const result = { label_format, label_count: part_ids.length, page_count };
    return context.call("v2_store_document", { action, object_id, result });
  },
});

// A document has one key: that of the first part on it.
async function stored({ scope, call, store }: ActionContext, part_id: string, bytes: Uint8Array) {
  withinLimits(bucket, bytes.length, mimeType);
  const key = buckets[bucket].key(scope.yacht_id, part_id, `${scope.execution_id}.pdf`);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const row = { action, part_id, bucket, key, size_bytes: bytes.length, mime_type: mimeType, sha256 };
  const { object_id } = (await call("v2_open_document", row)) as { object_id: string };
  await store.put(scope.yacht_id, { bucket, key, size: bytes.length, mimeType, sha256 }, bytes);
  return object_id;
}
