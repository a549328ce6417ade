import { randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { type BundleContents, seal } from "./bundle-files.ts";
import type { BundleProblem, BundleReading } from "./bundle-verification.ts";

/** The folder that was named is none, or may not be written over. */
export class BundleFolderError extends Error {
  override readonly name = "BundleFolderError";
}

/**
 * Everything that lies in the folder, each file opened once. What is no plain file is a problem: it is not followed,
 * and not read. Throws a BundleFolderError when there is no folder.
 */
export async function readBundle(directory: string): Promise<Required<BundleReading>> {
  const entries = await readdir(directory, { withFileTypes: true }).catch((cause: NodeJS.ErrnoException) => {
    const text =
      cause.code === "ENOENT"
        ? `there is no bundle at ${directory}; "npm run evidence -- build" makes one`
        : `${directory} is no folder that can be read: ${cause.message}`;
    throw new BundleFolderError(text, { cause });
  });
  const contents = new Map<string, Uint8Array>();
  const problems: BundleProblem[] = [];
  for (const { name } of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const bytes = await plainFile(join(directory, name));
    if (bytes) contents.set(name, bytes);
    else problems.push({ kind: "not-a-file", file: name, text: "it is a link, a folder or a device" });
  }
  return { contents, problems };
}

/** Undefined for everything else; a link is not followed, even if it was put there a moment ago. */
async function plainFile(path: string): Promise<Buffer | undefined> {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const file = await open(path, flags).catch((error: NodeJS.ErrnoException) => {
    if (["ELOOP", "EMLINK", "ENXIO", "EISDIR"].includes(error.code ?? "")) return undefined;
    throw new BundleFolderError(`${path} cannot be read: ${error.message}`, { cause: error });
  });
  if (!file) return undefined;
  try {
    return (await file.stat()).isFile() ? await file.readFile() : undefined;
  } finally {
    await file.close();
  }
}

/**
 * Writes the bundle aside and puts it in place whole. A bundle that is there already is replaced; throws a
 * BundleFolderError for a folder that holds anything else.
 */
export async function writeBundle(directory: string, contents: BundleContents): Promise<void> {
  const target = resolve(directory);
  const there: string[] = await readdir(target).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw new BundleFolderError(`${directory}: ${error.message}`, { cause: error });
  });
  if (there.length > 0 && !there.includes(seal.manifest))
    throw new BundleFolderError(`${directory} holds something that is no bundle: give another --out`);
  const aside = join(dirname(target), `.${basename(target)}.${randomUUID()}`);
  try {
    await mkdir(aside, { recursive: true });
    for (const [name, bytes] of contents) await writeThrough(join(aside, name), bytes);
    await rm(target, { recursive: true, force: true });
    await rename(aside, target);
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
}

async function writeThrough(path: string, bytes: Uint8Array): Promise<void> {
  await using file = await open(path, "wx");
  await file.writeFile(bytes);
  await file.sync();
}
