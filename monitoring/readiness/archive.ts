import { randomUUID } from "node:crypto";
import { link, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { BundleContents } from "../evidence/bundle-files.ts";
import type { Manifest } from "../evidence/manifest.ts";
import { jsonFile } from "../evidence/manifest.ts";

/** Where evidence is kept and never written over: a folder, or the evidence bucket. */
export interface EvidenceStore {
  /** Whole or not at all; false when there is something of that key already. */
  create(key: string, content: Uint8Array): Promise<boolean>;
  read(key: string): Promise<Uint8Array>;
}

/** Something else is kept under that key. */
export class ArchiveConflictError extends Error {
  override readonly name = "ArchiveConflictError";
}

export interface ArchivedBundle {
  readonly sha256: string;
  readonly manifest: Manifest;
  readonly contents: BundleContents;
}

/**
 * Keeps the released bundle under `bundles/`, and what led to it under `archive/<tag>/`, a folder a bundle, with an
 * index. What is there already is left: a release that was cut off goes on. Rejects with an ArchiveConflictError.
 */
export async function archive(
  store: EvidenceStore,
  tag: string,
  { released, earlier }: { readonly released: ArchivedBundle; readonly earlier: readonly ArchivedBundle[] },
): Promise<readonly string[]> {
  const keys: string[] = [];
  const keep = async (key: string, content: Uint8Array) => {
    if (!(await store.create(key, content)) && !Buffer.from(await store.read(key)).equals(content))
      throw new ArchiveConflictError(`${key} is kept already, and it is something else`);
    keys.push(key);
  };
  for (const [name, content] of released.contents) await keep(`bundles/${released.sha256}/${name}`, content);
  for (const { sha256, contents } of earlier)
    for (const [name, content] of contents) await keep(`archive/${tag}/${sha256}/${name}`, content);
  const listed = earlier.map(({ sha256, manifest: { environment, origin, createdAt } }) => ({
    sha256,
    environment,
    origin,
    createdAt,
  }));
  await keep(`archive/${tag}/index.json`, jsonFile({ tag, released: released.sha256, earlier: listed }));
  return keys;
}

/** Files under a folder, by key. */
export function evidenceFolder(directory: string): EvidenceStore {
  return {
    async create(key, content) {
      const path = join(directory, key);
      await mkdir(dirname(path), { recursive: true });
      const aside = join(dirname(path), `.${randomUUID()}`);
      try {
        await writeFile(aside, content, { flag: "wx", flush: true });
        await link(aside, path);
        return true;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
        throw error;
      } finally {
        await rm(aside, { force: true });
      }
    },
    read: (key) => readFile(join(directory, key)),
  };
}
