/** The fields of requests about objects. */
import * as z from "zod";
import { bucketNames } from "./buckets.ts";

export const bucketName = z.enum(bucketNames);

/** One part of a path, of characters that every system takes and no URL escapes. */
export const fileName = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/,
    "must be 1 to 100 letters, digits, dots, dashes or underscores, a letter or digit first",
  );

/** Above every bucket's limit: those are answered 413, not 400. */
export const sizeBytes = z.number().int().positive().max(Number.MAX_SAFE_INTEGER);

export const sha256 = z
  .string()
  .regex(/^[0-9a-f]{64}$/i, "must be 64 hex digits")
  .toLowerCase();

const place = z.strictObject({ created_at: z.string().max(40), object_id: z.guid() });

/** Where the next page starts, opaque to the caller. */
export const cursor = z
  .string()
  .max(300)
  .transform((text, context) => {
    try {
      return place.parse(JSON.parse(Buffer.from(text, "base64url").toString()));
    } catch {
      context.addIssue({ code: "custom", message: "is no cursor of a list" });
      return z.NEVER;
    }
  });

/** The cursor for a place in the list. */
export function cursorOf(after: object): string {
  return Buffer.from(JSON.stringify(after)).toString("base64url");
}
