/**
 * Whether a bundle is what it was when it was signed, from its own files alone. It says nothing of who may sign: pin
 * the key that you were given by another way.
 */

import { hash } from "node:crypto";
import { countText } from "../count-text.ts";
import { type BundleContents, bundleFileNames, bundleFiles, seal } from "./bundle-files.ts";
import { type ChainLink, chainProblems, headOf } from "./event-chain.ts";
import { jsonOf, type Manifest, manifestSchema } from "./manifest.ts";
import { fingerprintOf, isSignedBy, publicKeyOf } from "./signing-key.ts";

/** What can be wrong with a bundle. */
export type ProblemKind =
  | "not-a-file"
  | "missing"
  | "unlisted"
  | "malformed"
  | "not-canonical"
  | "wrong-key"
  | "bad-signature"
  | "changed"
  | "broken-chain"
  | "cut-log"
  | "contradicts-log";

export interface BundleProblem {
  readonly kind: ProblemKind;
  readonly file: string;
  readonly text: string;
}

export interface Verification {
  readonly verified: boolean;
  /** The key was given by the reader; otherwise the bundle only agrees with itself. */
  readonly pinned: boolean;
  readonly problems: readonly BundleProblem[];
  /** Undefined while it cannot be read at all. */
  readonly manifest: Manifest | undefined;
  /** The hash that names the bundle: of its manifest, lower-case hex. */
  readonly sha256: string | undefined;
}

/** What was found in a folder: its plain files, and what else lies there. */
export interface BundleReading {
  readonly contents: BundleContents;
  readonly problems?: readonly BundleProblem[];
}

/** `pinnedKey`: PEM, as `publicKeyFile` gives it. */
export function verifyBundle(
  { contents, problems: before = [] }: BundleReading,
  pinnedKey?: string,
): Verification {
  const bytes = contents.get(seal.manifest);
  const manifest = bytes && manifestIn(bytes);
  const problems = manifest
    ? [
        ...keyProblems(contents, manifest, pinnedKey),
        ...fileProblems(contents, manifest),
        ...formatProblems(contents),
        ...logProblems(contents, manifest),
      ]
    : [
        bytes
          ? problem("malformed", seal.manifest, "it is no manifest in canonical JSON")
          : problem("missing", seal.manifest, "it is not there: this is no bundle, or not a whole one"),
      ];
  const all = [...before, ...problems];
  return {
    verified: all.length === 0,
    pinned: pinnedKey !== undefined,
    problems: all,
    manifest,
    sha256: bytes && hash("sha256", bytes, "hex"),
  };
}

function manifestIn(bytes: Uint8Array): Manifest | undefined {
  const parsed = manifestSchema.safeParse(jsonOf(bytes));
  if (!parsed.success) return undefined;
  const names = parsed.data.files.map(({ name }) => name);
  const isSorted = names.every((name, index) => index === 0 || name > (names[index - 1] as string));
  return isSorted ? parsed.data : undefined;
}

function keyProblems(contents: BundleContents, { key }: Manifest, pinnedKey?: string): BundleProblem[] {
  const signature = contents.get(seal.signature);
  const own = contents.get(seal.publicKey);
  if (!signature || !own) {
    return [!signature && seal.signature, !own && seal.publicKey]
      .filter((name) => name !== false)
      .map((name) => problem("missing", name, "it is not there"));
  }
  const pem = Buffer.from(own).toString("utf8");
  const publicKey = publicKeyOf(pem);
  if (!publicKey) return [problem("malformed", seal.publicKey, "it is no public key on P-256 in PEM")];
  const found: BundleProblem[] = [];
  if (fingerprintOf(pem) !== key.fingerprint)
    found.push(problem("wrong-key", seal.publicKey, "it is another key than the manifest names"));
  if (pinnedKey !== undefined && pinnedKey !== pem)
    found.push(problem("wrong-key", seal.publicKey, "it is another key than the one that was given"));
  if (!isSignedBy(publicKey, contents.get(seal.manifest) as Uint8Array, signature))
    found.push(problem("bad-signature", seal.signature, "the key has not signed this manifest"));
  return found;
}

function fileProblems(contents: BundleContents, { files }: Manifest): BundleProblem[] {
  const listed = new Map(files.map((file) => [file.name as string, file]));
  const missing = bundleFileNames
    .filter((name) => bundleFiles[name].required && !listed.has(name))
    .map((name) => problem("missing", name, "the manifest does not list it, and every bundle has it"));
  const unlisted = [...contents.keys()]
    .filter((name) => !listed.has(name) && !Object.values<string>(seal).includes(name))
    .map((name) => problem("unlisted", name, "the manifest does not list it"));
  const changed = files.flatMap(({ name, sha256, bytes }) => {
    const found = contents.get(name);
    if (!found) return [problem("missing", name, "the manifest lists it, and it is not there")];
    if (found.length !== bytes)
      return [problem("changed", name, `it has ${countText(found.length, "byte")} instead of ${bytes}`)];
    return hash("sha256", found, "hex") === sha256
      ? []
      : [problem("changed", name, "its SHA-256 is another than the manifest's")];
  });
  return [...missing, ...unlisted, ...changed];
}

function formatProblems(contents: BundleContents): BundleProblem[] {
  return bundleFileNames.flatMap((name) => {
    const bytes = contents.get(name);
    if (!bytes || bundleFiles[name].format !== "json" || jsonOf(bytes) !== undefined) return [];
    return [problem("not-canonical", name, "it is not in canonical JSON")];
  });
}

const logFile = "rollout_events.jsonl";

function logProblems(contents: BundleContents, { log }: Manifest): BundleProblem[] {
  const bytes = contents.get(logFile);
  if (!bytes) return [];
  const links = linksOf(bytes);
  if (!links) return [problem("not-canonical", logFile, "a line of it is no link in canonical JSON")];
  const broken = chainProblems(links).map((text) => problem("broken-chain", logFile, text));
  if (broken.length > 0 || (links.length === log.events && headOf(links) === log.head)) return broken;
  const text = `it ends after ${countText(links.length, "event")} with another link than the manifest's, which has ${log.events}`;
  return [problem("cut-log", logFile, text)];
}

/** The links of the log; undefined when a line is none. Whether they hold together is not looked at. */
export function linksOf(bytes: Uint8Array): ChainLink[] | undefined {
  const text = Buffer.from(bytes).toString("utf8");
  if (text === "") return [];
  if (!text.endsWith("\n") || !Buffer.from(text).equals(bytes)) return undefined;
  const lines = text.slice(0, -1).split("\n");
  const links = lines.map((line) => jsonOf(Buffer.from(`${line}\n`)));
  return links.every(isLink) ? links : undefined;
}

const linkKeys = "event,hash,number,previous";

function isLink(value: unknown): value is ChainLink {
  if (value === null || typeof value !== "object" || Object.keys(value).join() !== linkKeys) return false;
  const { event } = value as { readonly event: unknown };
  return (
    event !== null && typeof event === "object" && typeof (event as { kind?: unknown }).kind === "string"
  );
}

function problem(kind: ProblemKind, file: string, text: string): BundleProblem {
  return { kind, file, text };
}
