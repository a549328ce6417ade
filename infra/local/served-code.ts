import { lastTables } from "../../api/database/sql-bundle.ts";
import type { CodeStamp } from "../../monitoring/rollout/code-stamp.ts";
import type { RehearsedStack } from "./rehearsed-stack.ts";

/** The code behind the local stack's alias `live`; undefined where there is none. All its versions know this SQL. */
export function servedCode(stack: Pick<RehearsedStack, "codeVersion">): CodeStamp | undefined {
  const version = stack.codeVersion?.("live");
  return version && { ...version, tables: lastTables() };
}
