import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative, resolve } from "node:path";

/** Named when an archive or asset of the program does not exist. */
export class AssetMissing extends Error {
  override readonly name = "AssetMissing";
}

/** A file or a directory (or a remote address) in a plan: only `hash` counts for a difference. */
export interface PlannedAsset {
  readonly $archive?: string;
  readonly $asset?: string;
  readonly hash: string;
  /** The parts of an archive that the program puts together itself. */
  readonly assets?: Readonly<Record<string, unknown>>;
  /** The text of an asset that is no file. */
  readonly text?: string;
}

function sha256(data: string | Buffer): string {
  return createHash("sha256").update(data).digest("hex");
}

function filesBelow(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(directory, join(entry.parentPath, entry.name)))
    .sort();
}

/** Hash of a file's content, or of a directory's file names and contents; hex SHA-256. */
export function contentHash(path: string): string {
  let found: ReturnType<typeof statSync>;
  try {
    found = statSync(path);
  } catch {
    throw new AssetMissing(`the program refers to ${path}, which does not exist: build it first`);
  }
  if (!found.isDirectory()) return sha256(readFileSync(path));
  const lines = filesBelow(path).map((file) => `${file} ${sha256(readFileSync(join(path, file)))}\n`);
  return sha256(lines.join(""));
}

/** A path below the working directory is shown relative to it, so that a plan is the same on every machine. */
function label(path: string): string {
  const below = relative(process.cwd(), resolve(path));
  return below.startsWith("..") ? path : below;
}

export function plannedFile(kind: "$archive" | "$asset", path: string): PlannedAsset {
  return { [kind]: label(path), hash: contentHash(path) };
}

export function plannedText(text: string): PlannedAsset {
  return { $asset: "text", hash: sha256(text), text };
}

export function plannedRemote(kind: "$archive" | "$asset", uri: string): PlannedAsset {
  return { [kind]: uri, hash: sha256(uri) };
}

export function plannedParts(assets: Readonly<Record<string, unknown>>): PlannedAsset {
  const hashes = Object.keys(assets)
    .sort()
    .map((name) => `${name} ${(assets[name] as PlannedAsset).hash}\n`);
  return { $archive: "assets", hash: sha256(hashes.join("")), assets };
}
