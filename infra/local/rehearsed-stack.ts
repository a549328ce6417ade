import type { LocalStack } from "./local-stack.ts";

/** What the rollout and a rehearsal need of a local stack, whether an API runs in it or recorded metrics do. */
export type RehearsedStack = Pick<
  LocalStack,
  "access" | "aws" | "integrations" | "directory" | "host" | "update" | "outputs" | "parameters" | "close"
> &
  // No code serves where metrics are replayed, and there is no database.
  Partial<Pick<LocalStack, "codeVersion" | "databases" | "flush" | "pointCode">>;
