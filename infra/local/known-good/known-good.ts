import { existsSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { contentHash } from "../../preview/archive.ts";
import { earlierRevision, namedRevision, type Revision } from "./earlier-revision.ts";
import { CheckoutFailed, ownProgram, revisionCheckout } from "./revision-checkout.ts";

/** Code that is taken for the last known-good, built. */
export interface KnownGood {
  /** For a reader. */
  readonly name: string;
  readonly commit?: string;
  /** The version that its answers are stamped with. */
  readonly codeVersion: string;
  /** What Lambda would unpack. */
  readonly bundleDirectory: string;
  /** The checkout that it was built in; undefined for a bundle by itself, whose SQL and acceptance are not known. */
  readonly checkout?: string;
}

/** Prints the build's place and version: by the builder of that revision, as it was built when it shipped. */
const build = `const { bundle } = await import("./infra/api/bundle.ts");
const { archive, hash } = await bundle("api");
process.stdout.write(JSON.stringify({ hash, directory: String(await archive.path) }));`;

/**
 * `asked`: a commit, tag or branch, or the folder of a built bundle; undefined for what `earlierRevision` finds. A text
 * says why there is none. Throws RevisionUnknown and CheckoutFailed.
 */
export async function knownGood(root: string, asked?: string): Promise<KnownGood | string> {
  if (asked !== undefined && existsSync(join(asked, "index.mjs"))) return ofBundle(resolve(asked));
  const revision = asked === undefined ? await earlierRevision(root) : await namedRevision(root, asked);
  return typeof revision === "string" ? revision : ofRevision(root, revision);
}

function ofBundle(directory: string): KnownGood {
  const [, named] = /-([0-9a-f]{12})$/.exec(basename(directory)) ?? [];
  const codeVersion = named ?? contentHash(directory).slice(0, 12);
  return { name: `the bundle ${directory}`, codeVersion, bundleDirectory: directory };
}

async function ofRevision(root: string, { commit, name }: Revision): Promise<KnownGood> {
  const checkout = await revisionCheckout(root, commit);
  const { stdout } = await ownProgram(checkout, ["--input-type=module", "--eval", build]);
  const { hash, directory } = JSON.parse(stdout) as { hash: string; directory: string };
  const bundleDirectory = resolve(checkout, directory);
  if (!existsSync(bundleDirectory))
    throw new CheckoutFailed(`${name} has built no API in ${bundleDirectory}`);
  return { name, commit, codeVersion: hash, bundleDirectory, checkout };
}
