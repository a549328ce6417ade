import type { Command } from "commander";
import { readBundle } from "../../monitoring/evidence/bundle-folder.ts";
import { publicKeyFile } from "../../monitoring/evidence/signing-key.ts";
import { evidenceBucket } from "../../monitoring/evidence-store-adapter.ts";
import { evidenceFolder } from "../../monitoring/readiness/archive.ts";
import { gitRepository } from "../../monitoring/readiness/git-repository.ts";
import { type Released, release } from "../../monitoring/readiness/release.ts";
import { bundle } from "../api/bundle.ts";

interface ReleaseArguments {
  readonly bundle: string;
  readonly publicKey: string;
  readonly earlier: readonly string[];
  readonly store: string;
  readonly bucket?: string;
  readonly repository: string;
  readonly json: boolean;
}

const manual = `
Refuses, and says everything that stands against it: a bundle that does not verify, is of a rehearsal or of another
environment than prod, says that anything was not proven, declared or signed off; a checkout that is not clean, or
builds other code than was proven; a tag of this day that exists. The evidence is kept before the tag is made, the
released bundle under bundles/, the earlier ones under archive/. Nothing is pushed.

Exit codes: 0 released, 1 refused, 2 it could not be done.`;

/** `npm run rollout -- release`: a tag that carries the hash of the evidence. */
export function addReleaseCommand(program: Command): void {
  program
    .command("release")
    .description("tags the proven commit as part-lens-v2-production-YYYYMMDD, with the evidence's hash")
    .option("--bundle <directory>", "the evidence", ".part-lens/evidence-bundle")
    .option("--public-key <file>", "the key that must have signed it", ".part-lens/keys/evidence.public.pem")
    .option("--earlier <directory...>", "bundles of staging and of earlier stages, to be archived", [])
    .option("--store <directory>", "where the evidence is kept", ".part-lens/evidence-store")
    .option("--bucket <name>", "keep it in this evidence bucket instead, with the AWS credentials at hand")
    .option("--repository <directory>", "the checkout that is tagged", ".")
    .option("--json", "print JSON", false)
    .addHelpText("after", manual)
    .showHelpAfterError()
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
    store: options.bucket ? evidenceBucket(options.bucket) : evidenceFolder(options.store),
    at: Date.now(),
  });
}

function show(result: Released, json: boolean): number {
  if (json) process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
  if ("refused" in result) {
    if (!json) process.stderr.write(`refused:\n${result.refused.map((text) => `  ${text}\n`).join("")}`);
    return 1;
  }
  if (!json)
    process.stdout.write(
      `${result.tag} is at ${result.commit}, with the evidence ${result.bundle}; ${result.kept.length} files are kept\n` +
        `Publish it with "git push origin ${result.tag}"\n`,
    );
  return 0;
}
