import { statSync } from "node:fs";
import { readFile } from "node:fs/promises";

/** Where a flag document comes from. */
export interface DocumentSource {
  /**
   * The document if it is new, "unchanged" if it is the one of the last poll, "early" if the source was not asked
   * because it wants no poll yet. A source that cannot be reached throws; the reader keeps what it had.
   */
  poll(): Promise<{ readonly content: string } | "unchanged" | "early">;
}

/**
 * A document in a file that is exchanged by rename. A poll of an unchanged file is one stat (a few microseconds),
 * so it may be asked on every request. Throws what the file system throws, ENOENT while there is no document.
 */
export function fileSource(path: string): DocumentSource {
  let seen: string | undefined;
  return {
    async poll() {
      const before = fingerprint(path);
      if (before === seen) return "unchanged";
      const content = await readFile(path, "utf8");
      // Exchanged between stat and read: the fingerprint is the old one, so the next poll reads again.
      seen = before;
      return { content };
    },
  };
}

/** A rename changes the inode and ctime; inode numbers are reused, so the times belong to it. */
function fingerprint(path: string): string {
  const stat = statSync(path, { bigint: true });
  return `${stat.ino}:${stat.size}:${stat.mtimeNs}:${stat.ctimeNs}`;
}
