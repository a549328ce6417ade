import * as z from "zod";
import { collectionShape } from "./collection-env.ts";

const schema = z.object({
  ...collectionShape,
  /** What the names of our functions start with: of one of them the log tells what it did. */
  FUNCTION_PREFIX: z.string().min(1),
  EVIDENCE_BUCKET: z.string().min(1),
  /** Where what a way down has left in its outbox is published. */
  NOTIFY_TOPIC: z.string().min(1),
  /** The encrypted parameter that holds the chat's webhook, if there is one. */
  CHAT_PARAMETER: z.string().startsWith("/"),
});

export type NotifierEnv = z.infer<typeof schema>;

/** The variables of the notifier function. Throws one Error that names every problem. */
export function notifierEnv(variables: Readonly<Record<string, string | undefined>>): NotifierEnv {
  const parsed = schema.safeParse(variables);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
  throw new Error(`the notifier function's environment is wrong: ${problems.join("; ")}`);
}
