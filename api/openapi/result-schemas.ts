/** The fields of every success, as schemas: for the OpenAPI document, and for the tests that compare real answers. */
import * as z from "zod";
import { bucketNames } from "../storage/buckets.ts";

const id = z.guid();
const time = z.iso.datetime({ offset: true });
const quantity = z.number();
const optionalText = z.string().nullable();

/** What each version tells of a part under its own name for the level. */
const part = {
  yacht_id: id,
  part_id: id,
  name: z.string(),
  part_number: optionalText,
  min_level: quantity,
  reorder_multiple: quantity,
  location: optionalText,
  unit: z.string(),
  is_low_stock: z.boolean(),
  is_out_of_stock: z.boolean(),
};
const lowPart = { yacht_id: id, part_id: id, name: z.string(), min_level: quantity, shortage: quantity };
const mutation = { yacht_id: id, part_id: id };
const moved = { ...mutation, transaction_id: id, new_stock_level: quantity };
const adjusted = {
  ...mutation,
  transaction_id: id,
  old_quantity: quantity,
  new_quantity: quantity,
  adjustment: quantity,
};
const transferred = {
  ...mutation,
  transaction_id: id,
  transfer_id: id,
  from_location: z.string(),
  to_location: z.string(),
  quantity_transferred: quantity,
  from_level: quantity,
  to_level: quantity,
};
const signed = { is_signed: z.literal(true) };
const writtenOff = { ...moved, quantity_written_off: quantity };
const url = { url: z.url(), expires_at: time };

export const v1Results = {
  view_part_details: z.strictObject({ part: z.strictObject({ ...part, quantity }) }),
  view_low_stock: z.strictObject({ parts: z.array(z.strictObject({ ...lowPart, quantity })) }),
  receive_part: z.strictObject(moved),
  consume_part: z.strictObject(moved),
  transfer_part: z.strictObject(transferred),
  adjust_stock_quantity: z.strictObject(adjusted),
  write_off_part: z.strictObject(writtenOff),
} as const;

export const v2Results = {
  view_part_details: z.strictObject({
    part: z.strictObject({ ...part, on_hand: quantity, suggested_order_qty: quantity }),
  }),
  view_low_stock: z.strictObject({
    parts: z.array(z.strictObject({ ...lowPart, on_hand: quantity, suggested_order_qty: quantity })),
  }),
  receive_part: z.strictObject(moved),
  consume_part: z.strictObject(moved),
  transfer_part: z.strictObject(transferred),
  add_to_shopping_list: z.strictObject({
    ...mutation,
    shopping_list_item_id: id,
    quantity_requested: quantity,
    urgency: z.enum(["low", "normal", "high", "critical"]),
    suggested_order_qty: quantity,
  }),
  adjust_stock_quantity: z.strictObject({ ...adjusted, ...signed }),
  write_off_part: z.strictObject({ ...writtenOff, ...signed }),
  generate_part_labels: z.strictObject({
    ...mutation,
    document_id: id,
    bucket: z.literal("pms-label-pdfs"),
    key: z.string(),
    size_bytes: z.number().int(),
    mime_type: z.literal("application/pdf"),
    sha256: z.string(),
    label_format: z.enum(["a4", "thermal"]),
    label_count: z.number().int(),
    page_count: z.number().int(),
  }),
  request_label_output: z.strictObject({
    ...mutation,
    document_id: id,
    output: z.enum(["download", "print", "email"]),
    output_state: z.enum(["signed", "queued"]),
    url: url.url.optional(),
    expires_at: url.expires_at.optional(),
  }),
} as const;

const object = {
  object_id: id,
  yacht_id: id,
  part_id: id,
  bucket: z.enum(bucketNames),
  key: z.string(),
  size_bytes: z.number().int(),
  mime_type: z.string(),
  sha256: z.string(),
  state: z.enum(["registered", "confirmed", "rejected", "deleted"]),
  created_by: id,
  created_at: time,
  confirmed_at: time.nullable(),
};
const upload = z.strictObject({
  ...url,
  method: z.literal("PUT"),
  headers: z.record(z.string(), z.string()),
});

export const storageResults = {
  register_object: z.strictObject({ ...object, upload }),
  confirm_object: z.strictObject(object),
  view_object: z.strictObject({ ...object, download: z.strictObject(url).optional() }),
  list_objects: z.strictObject({
    objects: z.array(z.strictObject(object)),
    next_cursor: z.string().optional(),
  }),
  delete_object: z.strictObject(object),
} as const;

const signer = z.strictObject({
  enrolled: z.boolean(),
  pending: z.boolean(),
  locked_until: z.string().nullable(),
});

export const signerResults = {
  view_signer: signer,
  enrol_signer: z.strictObject({ otpauth_uri: z.string(), expires_at: z.string() }),
  confirm_signer: signer,
} as const;

/** A success of that action, as it is sent. */
export function successSchema(action: string, fields: z.ZodObject): z.ZodObject {
  return z.strictObject({
    status: z.literal("success"),
    action: z.literal(action),
    execution_id: id,
    ...fields.shape,
  });
}
