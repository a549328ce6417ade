import * as z from "zod";

/** A rollback that no alarm's function has done: who went down, from where to where, and why. */
export const rollbackMove = z.object({
  origin: z.string(),
  actor: z.string(),
  from: z.string(),
  to: z.string(),
  /** The keys of the alarms that were in ALARM when one was found that nobody has put a name to. */
  alarms: z.array(z.string()).optional(),
  /** ISO time. */
  at: z.string(),
});
