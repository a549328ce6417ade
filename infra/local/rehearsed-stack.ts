import type { LocalStack } from "./local-stack.ts";

/** What the rollout and a rehearsal need of a local stack, whether an API runs in it or recorded metrics do. */
export type RehearsedStack = Pick<
  LocalStack,
  "aws" | "integrations" | "directory" | "update" | "outputs" | "parameters" | "close"
> &
  // No code serves where metrics are replayed.
  Partial<Pick<LocalStack, "codeVersion">>;
