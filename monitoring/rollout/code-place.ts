import type { CodeStamp } from "./code-stamp.ts";

/** What a place can do about the code that serves. */
export interface CodePlace {
  /** The version behind the alias, and the SQL that the databases have; undefined where no code serves yet. */
  served(): Promise<{ readonly live: CodeStamp; readonly migrationHash: string } | undefined>;
  /** Points the aliases at that published version, at once and without a stack update. Says what it did. */
  putBack(to: CodeStamp): Promise<string>;
  /** Brings the stack to it, so that no update moves the aliases on. Says what it did. */
  declare(to: CodeStamp): Promise<string>;
}
