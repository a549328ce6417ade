/** v1's plain mutations, as commands of the canonical router. */
import * as z from "zod";
import { type Command, wellFormed } from "../command.ts";
import type { ApiContext } from "../context.ts";
import { idempotencyKey, newQuantity, positiveQuantity, text, uuid } from "../fields.ts";

const common = {
  yacht_id: uuid,
  notes: text(2000).optional(),
  reason: text(2000).optional(),
  idempotency_key: idempotencyKey.optional(),
};
export const quantityBody = z.strictObject({ ...common, quantity: positiveQuantity });
export const transferBody = quantityBody.extend({ from_location: text(200), to_location: text(200) });
export const levelBody = z.strictObject({ ...common, new_quantity: newQuantity });

/** POST /v1/parts/:part_id/receive. */
export function receiveCommand(c: ApiContext): Command {
  const { quantity, ...rest } = wellFormed(quantityBody, c.get("body"));
  return command(c, "receive_part", rest, { quantity_received: quantity });
}

/** POST /v1/parts/:part_id/consume. */
export function consumeCommand(c: ApiContext): Command {
  const { quantity, ...rest } = wellFormed(quantityBody, c.get("body"));
  return command(c, "consume_part", rest, { quantity });
}

/** POST /v1/parts/:part_id/adjust. */
export function adjustCommand(c: ApiContext): Command {
  const { new_quantity, reason, ...rest } = wellFormed(levelBody, c.get("body"));
  return command(c, "adjust_stock_quantity", rest, { new_quantity, ...(reason && { reason }) });
}

/** POST /v1/parts/:part_id/transfer. */
export function transferCommand(c: ApiContext): Command {
  const { quantity, from_location, to_location, ...rest } = wellFormed(transferBody, c.get("body"));
  return command(c, "transfer_part", rest, { quantity, from_location, to_location });
}

/** POST /v1/parts/:part_id/write-off. */
export function writeOffCommand(c: ApiContext): Command {
  const { quantity, reason, ...rest } = wellFormed(quantityBody, c.get("body"));
  return command(c, "write_off_part", rest, { quantity, ...(reason && { reason }) });
}

type Common = {
  notes?: string | undefined;
  reason?: string | undefined;
  idempotency_key?: string | undefined;
};

// What a movement is for goes into its notes: an adjustment and a write-off have a reason of their own.
function command(c: ApiContext, action: string, given: Common, fields: object): Command {
  const notes = given.notes ?? given.reason;
  const payload = { part_id: c.req.param("part_id"), ...fields, ...(notes && { notes }) };
  return { action, payload, idempotencyKey: given.idempotency_key };
}
