import * as z from "zod";

/** A rollback that no alarm's function has done: who went down, from where to where, and why. */
export const rollbackMove = z.object({
  origin: z.string(),
  actor: z.string(),
  from: z.string(),
  to: z.string(),
  /** ISO time. */
  at: z.string(),
});
