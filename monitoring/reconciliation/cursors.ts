import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * Up to where each tenant was found clean. It is kept outside the database: the auditor writes nothing there.
 * A lost cursor costs one full sweep.
 */
export interface Cursors {
  /** ISO 8601. Undefined: never. */
  read(tenant: string): Promise<string | undefined>;
  write(tenant: string, at: string): Promise<void>;
}

/** Kept in the process: a function that is started anew looks at everything once. */
export function memoryCursors(): Cursors {
  const known = new Map<string, string>();
  return {
    read: async (tenant) => known.get(tenant),
    write: async (tenant, at) => void known.set(tenant, at),
  };
}

/** Kept in a JSON file, exchanged by rename. For one process at a time. */
export function fileCursors(path: string): Cursors {
  let last: Promise<unknown> = Promise.resolve();
  const all = async (): Promise<Record<string, string>> => {
    try {
      return JSON.parse(await readFile(path, "utf8")) as Record<string, string>;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return {};
      throw error;
    }
  };
  const put = async (tenant: string, at: string) => {
    const text = JSON.stringify({ ...(await all()), [tenant]: at });
    await mkdir(dirname(path), { recursive: true });
    await writeFile(`${path}.new`, text);
    await rename(`${path}.new`, path);
  };
  return {
    read: async (tenant) => (await all())[tenant],
    // Tenants are looked at side by side: each write must see the one before.
    write: (tenant, at) => {
      const written = last.then(() => put(tenant, at));
      last = written.catch(() => {});
      return written;
    },
  };
}
