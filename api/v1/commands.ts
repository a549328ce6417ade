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
const quantityBody = z.strictObject({ ...common, quantity: positiveQuantity });
const levelBody = z.strictObject({ ...common, new_quantity: newQuantity });

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

type Common = {
  notes?: string | undefined;
  reason?: string | undefined;
  idempotency_key?: string | undefined;
};

// What a movement is for goes into its notes: only an adjustment has a reason of its own.
function command(c: ApiContext, action: string, given: Common, fields: object): Command {
  const notes = given.notes ?? given.reason;
  const payload = { part_id: c.req.param("part_id"), ...fields, ...(notes && { notes }) };
  return { action, payload, idempotencyKey: given.idempotency_key };
}
