/** What a caller asks for, whichever route it came by: the payload is in the canonical router's shape. */
import * as z from "zod";
import type { ApiContext } from "./context.ts";
import { ApiError, type ErrorCode } from "./errors.ts";
import { idempotencyKey, issuesOf, text, thresholdPercent, uuid } from "./fields.ts";

export interface Command {
  readonly action: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly idempotencyKey?: string | undefined;
}

/** The value in the schema's shape. Throws a 400 that names the fields, without their values. */
export function wellFormed<T>(schema: z.ZodType<T>, value: unknown, code: ErrorCode = "invalid_request"): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new ApiError(code, { details: { issues: issuesOf(parsed.error) } });
}

export const envelope = z.strictObject({
  action: z.string().min(1).max(64),
  context: z.strictObject({ yacht_id: uuid }),
  payload: z.record(z.string(), z.unknown()),
  idempotency_key: idempotencyKey.optional(),
});

/** POST …/actions/execute. */
export function executeCommand(c: ApiContext): Command {
  const { action, payload, idempotency_key } = wellFormed(envelope, c.get("body"));
  return { action, payload, idempotencyKey: idempotency_key };
}

export const lowStockQuery = z.strictObject({
  yacht_id: uuid,
  threshold_percent: z
    .string()
    .regex(/^\d+(\.\d+)?$/)
    .transform(Number)
    .pipe(thresholdPercent)
    .optional(),
  department: text(100).optional(),
});

/** GET …/parts/low-stock. */
export function lowStockCommand(c: ApiContext): Command {
  const { yacht_id: _, ...payload } = wellFormed(lowStockQuery, c.req.query());
  return { action: "view_low_stock", payload };
}

export const yachtQuery = z.strictObject({ yacht_id: uuid });

/** GET …/parts/:part_id. */
export function partCommand(c: ApiContext): Command {
  wellFormed(yachtQuery, c.req.query());
  return { action: "view_part_details", payload: { part_id: c.req.param("part_id") } };
}
