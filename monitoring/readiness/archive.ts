import { createHash, randomUUID } from "node:crypto";
import { link, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import pLimit from "p-limit";
import type { BundleContents } from "../evidence/bundle-files.ts";
import type { Manifest } from "../evidence/manifest.ts";
import { jsonFile } from "../evidence/manifest.ts";
import type { StagingEvidence, StagingLeft, WithoutStaging } from "./staging-evidence.ts";

/** Where evidence is kept and never written over: a folder, or the evidence bucket. */
export interface EvidenceStore {
  /** Whole or not at all; false when there is something of that key already. */
  create(key: string, content: Uint8Array): Promise<boolean>;
  read(key: string): Promise<Uint8Array>;
  /** The keys below that prefix, in any order. */
  names(prefix: string): Promise<readonly string[]>;
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

export interface Archived {
  readonly released: ArchivedBundle;
  readonly earlier: readonly ArchivedBundle[];
  readonly staging: (StagingLeft & Pick<StagingEvidence, "read">) | WithoutStaging;
  /** Hears how many of staging's files are kept, of how many. */
  readonly progress?: ((done: number, total: number) => void) | undefined;
}

/** Files of staging that are copied at the same time. */
const atOnce = 8;

/**
 * Keeps the released bundle under `bundles/`, and what led to it under `archive/<tag>/`: a folder a bundle, what staging
 * left under `staging/` by its own keys, and an index with the hash of each of its files. What is there already is left:
 * a release that was cut off goes on. Rejects with an ArchiveConflictError.
 */
export async function archive(
  store: Pick<EvidenceStore, "create" | "read">,
  tag: string,
  { released, earlier, staging, progress }: Archived,
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
  const ofStaging = await kept(
    staging,
    (key, content) => keep(`archive/${tag}/staging/${key}`, content),
    progress,
  );
  const index = { tag, released: released.sha256, earlier: listed, staging: ofStaging };
  await keep(`archive/${tag}/index.json`, jsonFile(index));
  return keys;
}

/** What the index says of staging. */
async function kept(
  staging: Archived["staging"],
  keep: (key: string, content: Uint8Array) => Promise<void>,
  progress: Archived["progress"],
) {
  if ("reason" in staging) return { without: staging.reason };
  const { read, keys, ...rest } = staging;
  const limit = pLimit(atOnce);
  let done = 0;
  const copies = keys.map((key) =>
    limit(async () => {
      const content = await read(key);
      await keep(key, content);
      progress?.(++done, keys.length);
      return { key, sha256: createHash("sha256").update(content).digest("hex"), bytes: content.byteLength };
    }),
  );
  return { ...rest, files: await Promise.all(copies) };
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
    async names(prefix) {
      const entries = await readdir(join(directory, prefix), { recursive: true, withFileTypes: true }).catch(
        (error: NodeJS.ErrnoException) => {
          if (error.code === "ENOENT") return [];
          throw error;
        },
      );
      return entries
        .filter((entry) => entry.isFile() && !entry.name.startsWith("."))
        .map((entry) => relative(directory, join(entry.parentPath, entry.name)).replaceAll(sep, "/"));
    },
  };
}
