/** What the storage routes ask for, in the shape of the catalogue's payloads. */
import * as z from "zod";
import { type Command, wellFormed } from "../command.ts";
import type { ApiContext } from "../context.ts";
import { ApiError } from "../errors.ts";
import { idempotencyKey, uuid } from "../fields.ts";

const registerBody = z.looseObject({ yacht_id: uuid, idempotency_key: idempotencyKey.optional() });
const yachtOnly = z.strictObject({ yacht_id: uuid });

const idOf = (c: ApiContext) => ({ object_id: c.req.param("object_id") });

/** POST /v2/storage/objects. Unknown fields are refused with the payload. */
export function registerCommand(c: ApiContext): Command {
  const { yacht_id: _, idempotency_key, ...payload } = wellFormed(registerBody, c.get("body"));
  return { action: "register_object", payload, idempotencyKey: idempotency_key };
}

/** POST /v2/storage/objects/:object_id/confirm, body { yacht_id }. */
export function confirmCommand(c: ApiContext): Command {
  wellFormed(yachtOnly, c.get("body"));
  return { action: "confirm_object", payload: idOf(c) };
}

/** GET /v2/storage/objects/:object_id?yacht_id= */
export function viewCommand(c: ApiContext): Command {
  wellFormed(yachtOnly, onceEach(c));
  return { action: "view_object", payload: idOf(c) };
}

/** GET /v2/storage/objects?yacht_id=&bucket=&part_id=&limit=&cursor= */
export function listCommand(c: ApiContext): Command {
  const { yacht_id: _, ...payload } = onceEach(c);
  return { action: "list_objects", payload };
}

/** DELETE /v2/storage/objects/:object_id?yacht_id= */
export function deleteCommand(c: ApiContext): Command {
  wellFormed(yachtOnly, onceEach(c));
  return { action: "delete_object", payload: idOf(c) };
}

// Of a parameter that comes twice only one would be looked at.
function onceEach(c: ApiContext): Record<string, string> {
  const twice = Object.entries(c.req.queries()).find(([, values]) => values.length > 1);
  if (!twice) return c.req.query();
  const issues = [{ field: twice[0], problem: "is given more than once" }];
  throw new ApiError("invalid_request", { details: { issues } });
}
