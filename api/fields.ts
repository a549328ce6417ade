/**
 * The fields that requests are made of. PostgreSQL takes neither NUL nor lone surrogates into jsonb, so a text
 * that holds one is refused here, with a 400.
 */
import * as z from "zod";

/** Lower case, as PostgreSQL writes it: ids are compared as text. */
export const uuid = z.guid().toLowerCase();

const storable = (text: string) => !text.includes("\0") && text.isWellFormed();

/** Free text of 1 to `longest` characters. */
export function text(longest: number) {
  return z.string().trim().min(1).max(longest).refine(storable, "has characters that cannot be stored");
}

const largest = 1_000_000_000;
const threeDecimals = (value: number) => Number(value.toFixed(3)) === value;

/** Finite, at most three decimals: the ledger's scale. */
const decimal = z.number().max(largest).refine(threeDecimals, "has more than 3 decimals");

export const positiveQuantity = decimal.positive();
export const newQuantity = decimal.nonnegative();

/** A percentage in a query string: low stock is at or below that share of min_level. */
export const thresholdPercent = z.number().positive().max(1000);

/** Visible ASCII. */
export const idempotencyKey = z
  .string()
  .regex(/^[\x21-\x7e]{1,128}$/, "must be 1 to 128 visible ASCII characters");

/** What signs an action. Held in memory for the length of the request, and nowhere else. */
export const signature = z.strictObject({
  pin: z.string().regex(/^\d{4,12}$/),
  totp: z.string().regex(/^\d{6}$/),
});

export type Signature = z.output<typeof signature>;

/** What was wrong, field by field and without the values, as the `issues` of a 400. */
export function issuesOf(error: z.ZodError): { field: string; problem: string }[] {
  return error.issues.map((issue) => ({ field: issue.path.join("."), problem: issue.message }));
}
