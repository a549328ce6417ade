import * as z from "zod";

/** A published version of the API: what stands behind an alias. */
export const codeStamp = z.object({
  /** The number that Lambda gave it. */
  version: z.int().min(1),
  /** Of its bundle. */
  hash: z.string().min(1),
  /** Of the SQL it was built with. */
  migrationHash: z.string().min(1),
  /** The last numbered table file it was built with, by kind of database: what a contract is held against. */
  tables: z.object({ master: z.int().min(0), tenant: z.int().min(0) }),
});

export type CodeStamp = z.infer<typeof codeStamp>;

/** How messages name a version. */
export function codeText({ version, hash }: Pick<CodeStamp, "version" | "hash">): string {
  return `version ${version} (${hash})`;
}
