/** The commands about bundles: build, verify, export. */

import { resolve } from "node:path";
import type { Command } from "commander";
import { countText } from "../count-text.ts";
import { logIn } from "../evidence-log-adapter.ts";
import { kmsSigner } from "../evidence-signer-adapter.ts";
import { evidenceBucket } from "../evidence-store-adapter.ts";
import type { EvidenceStore } from "../readiness/archive.ts";
import { verifyWhole, type WholeVerification } from "../readiness/bundle-agreement.ts";
import { openItems } from "../readiness/readiness-document.ts";
import { bundleOf, type EvidenceSources } from "./bundle.ts";
import { type BundleContents, seal } from "./bundle-files.ts";
import { readBundle, writeBundle } from "./bundle-folder.ts";
import { verifyBundle } from "./bundle-verification.ts";
import { acceptanceIn, logAt, originOf } from "./evidence-sources.ts";
import { redactedExport, UnverifiedBundleError } from "./redacted-export.ts";
import { recordOf } from "./rollout-record.ts";
import { keyFileSigner, publicKeyFile } from "./signing-key.ts";

interface BuildArguments {
  readonly acceptance: string;
  readonly log: string;
  readonly env: string;
  readonly key: string;
  readonly bucket?: string;
  readonly kmsKey?: string;
  readonly keep: boolean;
  readonly out: string;
  readonly json: boolean;
}

interface VerifyArguments {
  readonly publicKey?: string;
  readonly sealOnly: boolean;
  readonly json: boolean;
}

interface ExportArguments extends Omit<VerifyArguments, "sealOnly"> {
  readonly redact: boolean;
  readonly key: string;
  readonly out: string;
}

const defaults = {
  acceptance: ".part-lens/evidence",
  log: ".part-lens/local/rollout-log",
  key: ".part-lens/keys/evidence.private.pem",
  out: ".part-lens/evidence-bundle",
  redacted: ".part-lens/evidence-redacted",
} as const;

const buildManual = `
The files are in canonical JSON (RFC 8785). The manifest holds the SHA-256 and size of each, the length of the rollout's
log and the hash of its last link: each link's hash is of its event, its number and the hash before. The signature is
ECDSA on P-256 over SHA-256 of the manifest; openssl checks it, too:
  openssl dgst -sha256 -verify public-key.pem -signature manifest.sig manifest.json

Exit codes: 0 built, 2 it could not be built. A bundle of what failed is built as well, and says so.`;

const verifyManual = `
Works on the folder alone, offline. Without --public-key the bundle is only found to agree with the key that lies in it:
whoever can change every file can change that, too. Give the key that you got by another way.
What is computed from the log (record, declaration, readiness) is computed anew and compared to the byte, by this
checkout: another may write it otherwise. A copy without names is not compared.

Exit codes: 0 verified, 1 refused, 2 it could not be looked at.`;

export function addBundleCommands(program: Command): void {
  program
    .command("build")
    .description("collects the evidence of a rollout into a signed bundle")
    .option("--acceptance <directory>", "what an acceptance run has written", defaults.acceptance)
    .option("--log <path>", "the rollout's log: a folder of entries, or a file of lines", defaults.log)
    .option("--env <environment>", "that the evidence is of", "local")
    .option("--key <file>", "the operator's private key, PEM, on P-256", defaults.key)
    .option(
      "--bucket <name>",
      "read the log from this evidence bucket instead, with the AWS credentials at hand",
    )
    .option("--kms-key <arn>", "sign with this key in KMS instead")
    .option(
      "--keep",
      "keep it in that bucket, too, under bundles/: a release looks for staging's there",
      false,
    )
    .option("--out <directory>", "where the bundle goes; one that is there is replaced", defaults.out)
    .option("--json", "print what was built as JSON", false)
    .addHelpText("after", buildManual)
    .exitOverride()
    .action(build);
  program
    .command("verify")
    .description("finds out whether a bundle is what it was when it was signed")
    .argument("[directory]", "the bundle", defaults.out)
    .option("--public-key <file>", "the key that must have signed it, PEM")
    .option(
      "--seal-only",
      "look at the seal alone: of a bundle that another version of this code has built",
      false,
    )
    .option("--json", "print the findings as JSON", false)
    .addHelpText("after", verifyManual)
    .exitOverride()
    .action(async (directory: string, options: VerifyArguments) => {
      process.exitCode = await verify(directory, options);
    });
  program
    .command("export")
    .description("writes a copy of a bundle in which nobody is named, sealed anew")
    .argument("[directory]", "the bundle", defaults.out)
    .requiredOption("--redact", "people, runners and ids get pseudonyms, free text is withheld")
    .option("--public-key <file>", "the key that must have signed the original, PEM")
    .option("--key <file>", "the private key that signs the copy", defaults.key)
    .option("--out <directory>", "where the copy goes", defaults.redacted)
    .option("--json", "print what was written as JSON", false)
    .addHelpText(
      "after",
      "\nExit codes: 0 written, 1 the original does not verify, 2 it could not be written.",
    )
    .exitOverride()
    .action(async (directory: string, options: ExportArguments) => {
      process.exitCode = await exportRedacted(directory, options);
    });
}

async function build(asked: BuildArguments): Promise<void> {
  const { acceptance: folder, log, bucket, env, key, keep, kmsKey, out, json } = asked;
  if (keep && !bucket) throw new Error("--keep needs --bucket: that is where it is kept");
  const acceptance = acceptanceIn(folder);
  const provenance = {
    environment: env,
    origin: originOf(env, acceptance),
    createdAt: new Date().toISOString(),
  };
  const sources = { provenance, acceptance, events: await (bucket ? logIn(bucket) : logAt(log)) };
  const signer = kmsKey ? kmsSigner(kmsKey) : keyFileSigner(key);
  const contents = await bundleOf(sources, signer);
  await writeBundle(out, contents);
  if (keep && bucket) await keepBundle(evidenceBucket(bucket), contents);
  const open = openOf(sources);
  told(contents, out, json, open, [
    `${countText(sources.events.length, "event")} of ${bucket ?? log}, ${countText(Object.keys(acceptance).length, "acceptance file")} of ${folder}`,
    open.length === 0 ? "Nothing is open." : `Open: ${open.join("; ")}`,
  ]);
}

/** A name that is there holds the same: it carries the bundle's hash. */
async function keepBundle(store: Pick<EvidenceStore, "create">, contents: BundleContents): Promise<void> {
  const { sha256 } = verifyBundle({ contents });
  for (const [name, bytes] of contents) await store.create(`bundles/${sha256}/${name}`, bytes);
}

function openOf(sources: EvidenceSources): string[] {
  const { provenance, acceptance, events } = sources;
  const record = recordOf(provenance.environment, events);
  const declaration = record.declaration ? { ...record.declaration, criteria: [] } : undefined;
  return openItems({ provenance, acceptance, record, declaration });
}

async function verify(directory: string, { publicKey, sealOnly, json }: VerifyArguments): Promise<0 | 1> {
  const pinned = publicKey === undefined ? undefined : publicKeyFile(publicKey);
  const reading = await readBundle(directory);
  const found = sealOnly
    ? { ...verifyBundle(reading, pinned), compared: false }
    : verifyWhole(reading, pinned);
  if (json) process.stdout.write(`${JSON.stringify(found, null, 2)}\n`);
  else process.stdout.write(`${verificationText(directory, found)}\n`);
  return found.verified ? 0 : 1;
}

function verificationText(directory: string, found: WholeVerification) {
  const { verified, pinned, problems, manifest, sha256, compared } = found;
  if (!verified || !manifest) {
    const lines = problems.map(({ kind, file, text }) => `  ${file}: ${text} (${kind})`);
    const head = compared
      ? "is what was signed, but its files do not agree, as this checkout computes them"
      : "is not what was signed";
    return [`REFUSED: ${directory} ${head}`, ...lines].join("\n");
  }
  const { files, log, environment, origin, createdAt, key, redactedFrom } = manifest;
  return [
    `Verified: ${countText(files.length, "file")} and ${countText(log.events, "event")} of ${environment} (${origin}), collected ${createdAt}`,
    ...(redactedFrom ? [`  a copy without names of the bundle ${redactedFrom.manifestSha256}`] : []),
    compared
      ? "  its record, declaration and readiness are what its log gives"
      : "  its record, declaration and readiness were not computed from its log",
    `  bundle ${sha256}`,
    `  signed by the key ${key.fingerprint}`,
    pinned
      ? "  which is the one that was given"
      : "  which is the bundle's own and was not given by you: use --public-key",
  ].join("\n");
}

async function exportRedacted(directory: string, options: ExportArguments): Promise<0 | 1> {
  const { publicKey, key, out, json } = options;
  if (resolve(directory) === resolve(out)) throw new Error("--out is the bundle itself: give another folder");
  const pinned = publicKey === undefined ? undefined : publicKeyFile(publicKey);
  const { contents, problems } = await readBundle(directory);
  try {
    if (problems.length > 0)
      throw new UnverifiedBundleError(`it does not verify: ${problems.map(({ text }) => text).join("; ")}`);
    const copy = await redactedExport(contents, keyFileSigner(key), pinned);
    await writeBundle(out, copy);
    told(copy, out, json, [], [`a copy of ${directory} in which nobody is named`]);
    return 0;
  } catch (error) {
    if (!(error instanceof UnverifiedBundleError)) throw error;
    process.stderr.write(`refused: ${directory}: ${error.message}\n`);
    return 1;
  }
}

function told(
  contents: BundleContents,
  out: string,
  json: boolean,
  open: readonly string[],
  lines: readonly string[],
): void {
  const { sha256, manifest } = verifyBundle({ contents });
  const files = manifest?.files.length ?? 0;
  if (json) {
    process.stdout.write(`${JSON.stringify({ directory: out, sha256, manifest, open }, null, 2)}\n`);
    return;
  }
  const keyText = `signed by the key ${manifest?.key.fingerprint}; keep ${seal.publicKey} where its readers can get it`;
  process.stdout.write(
    `${[`${out}: ${countText(files, "file")}`, ...lines, `bundle ${sha256}`, keyText].join("\n  ")}\n`,
  );
}
