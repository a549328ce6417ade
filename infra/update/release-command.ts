import type { Command } from "commander";
import { countText } from "../../monitoring/count-text.ts";
import { readBundle } from "../../monitoring/evidence/bundle-folder.ts";
import { publicKeyFile } from "../../monitoring/evidence/signing-key.ts";
import { evidenceBucket, evidenceClient } from "../../monitoring/evidence-store-adapter.ts";
import { evidenceFolder } from "../../monitoring/readiness/archive.ts";
import { gitRepository } from "../../monitoring/readiness/git-repository.ts";
import { type Released, release } from "../../monitoring/readiness/release.ts";
import { bundle } from "../api/bundle.ts";
import { physicalName } from "../naming.ts";
import { readStackConfig } from "../preview/stack-config.ts";

const stagingFolder = ".part-lens/staging-evidence";

interface ReleaseArguments {
  readonly bundle: string;
  readonly publicKey: string;
  readonly earlier: readonly string[];
  readonly store: string;
  readonly bucket?: string;
  readonly staging?: string;
  readonly stagingProfile?: string;
  readonly withoutStaging?: string;
  readonly repository: string;
  readonly json: boolean;
}

const manual = `
Refuses, and says everything that stands against it: a bundle that does not verify, is of a rehearsal or of another
environment than prod, says that anything was not proven, declared or signed off; a checkout that is not clean, or
builds other code than was proven; a tag of this day that exists. The evidence is kept before the tag is made, the
released bundle under bundles/, the earlier ones under archive/. Nothing is pushed.

What staging's rollout left is archived with it, under archive/<tag>/staging/: its log, its bundles (evidence -- build
--keep puts them there), incidents and reports, until the released evidence was collected. With --bucket it is read from
staging's evidence bucket, without it from ${stagingFolder}, a folder laid out like the bucket; --staging
names another place. A log with a gap, a bundle that does not verify and no bundle at all are refused; --without-staging
says why there is none.

Exit codes: 0 released, 1 refused, 2 it could not be done.`;

/** `npm run rollout -- release`: a tag that carries the hash of the evidence. */
export function addReleaseCommand(program: Command): void {
  program
    .command("release")
    .description("tags the proven commit as part-lens-v2-production-YYYYMMDD, with the evidence's hash")
    .option("--bundle <directory>", "the evidence", ".part-lens/evidence-bundle")
    .option("--public-key <file>", "the key that must have signed it", ".part-lens/keys/evidence.public.pem")
    .option("--earlier <directory...>", "bundles of earlier stages, to be archived", [])
    .option("--store <directory>", "where the evidence is kept", ".part-lens/evidence-store")
    .option("--bucket <name>", "keep it in this evidence bucket instead, with the AWS credentials at hand")
    .option("--staging <place>", "what staging's rollout left: a folder, or s3://<evidence bucket>")
    .option("--staging-profile <name>", "the AWS profile that may read that bucket")
    .option("--without-staging <reason>", "archive nothing of staging, and record why")
    .option("--repository <directory>", "the checkout that is tagged", ".")
    .option("--json", "print JSON", false)
    .addHelpText("after", manual)
    .action(async (options: ReleaseArguments) => {
      process.exitCode = await run(options);
    });
}

async function run(options: ReleaseArguments): Promise<number> {
  try {
    return show(await released(options), options.json);
  } catch (error) {
    process.stderr.write(`release: ${error instanceof Error ? error.message : String(error)}\n`);
    return 2;
  }
}

async function released(options: ReleaseArguments): Promise<Released> {
  return release({
    repository: gitRepository(options.repository),
    bundle: await readBundle(options.bundle),
    publicKey: publicKeyFile(options.publicKey),
    codeVersion: async () => (await bundle("api")).hash,
    earlier: await Promise.all(options.earlier.map(readBundle)),
    staging: stagingOf(options),
    progress: progressLine(),
    store: options.bucket ? evidenceBucket(options.bucket) : evidenceFolder(options.store),
    at: Date.now(),
  });
}

function stagingOf({ staging, stagingProfile, withoutStaging, bucket }: ReleaseArguments) {
  if (withoutStaging !== undefined) return { reason: withoutStaging };
  const place = staging ?? (bucket ? `s3://${stagingBucket()}` : stagingFolder);
  const name = /^s3:\/\/([^/]+)\/?$/.exec(place)?.[1];
  return { place, ...(name ? evidenceBucket(name, evidenceClient(stagingProfile)) : evidenceFolder(place)) };
}

/** By the account in staging's stack file. */
function stagingBucket(): string {
  const { "aws:allowedAccountIds": accounts = "[]" } = readStackConfig("staging-service");
  const [account] = JSON.parse(accounts) as string[];
  if (!account)
    throw new Error("staging's stack file names no account: give its evidence bucket by --staging");
  return physicalName("bucket", "staging", "evidence", account);
}

/** A line every two seconds: a long rollout has left thousands of files. */
function progressLine(): (done: number, total: number) => void {
  let told = Date.now();
  return (done, total) => {
    if (Date.now() - told < 2_000) return;
    told = Date.now();
    process.stderr.write(`${done} of ${total} files of staging are kept\n`);
  };
}

function show(result: Released, json: boolean): number {
  if (json) process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
  if ("refused" in result) {
    if (!json) process.stderr.write(`refused:\n${result.refused.map((text) => `  ${text}\n`).join("")}`);
    return 1;
  }
  if (!json)
    process.stdout.write(
      `${result.tag} is at ${result.commit}, with the evidence ${result.bundle}; ${countText(result.kept.length, "file is", "files are")} kept\n` +
        `Publish it with "git push origin ${result.tag}"\n`,
    );
  return 0;
}
