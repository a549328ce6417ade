import type { DeclarationFile } from "../readiness/readiness-document.ts";
import type { RolloutEvent } from "../rollout/event.ts";
import type { SuiteRecord } from "./acceptance.ts";
import { acceptanceFiles, sealed } from "./bundle.ts";
import { type BundleContents, textOf } from "./bundle-files.ts";
import { linksOf, verifyBundle } from "./bundle-verification.ts";
import type { CanaryPlan } from "./canary-plan.ts";
import { chainOf } from "./event-chain.ts";
import { Pseudonyms } from "./pseudonyms.ts";
import type { RolloutRecord } from "./rollout-record.ts";
import type { EvidenceSigner } from "./signing-key.ts";

/** A bundle that does not verify is not copied: the copy would vouch for it. */
export class UnverifiedBundleError extends Error {
  override readonly name = "UnverifiedBundleError";
}

/**
 * A copy in which nobody is named: people, runners and ids have pseudonyms, free text is withheld. Its log is chained
 * and its manifest signed anew; it names the original by hash. Rejects with an UnverifiedBundleError.
 */
export async function redactedExport(
  contents: BundleContents,
  signer: EvidenceSigner,
  pinnedKey?: string,
): Promise<BundleContents> {
  const { verified, manifest, sha256, problems } = verifyBundle({ contents }, pinnedKey);
  if (!verified || !manifest || !sha256)
    throw new UnverifiedBundleError(`it does not verify: ${problems.map(({ text }) => text).join("; ")}`);
  const read = <T>(name: string) => JSON.parse(textOf(contents, name)) as T;
  const names = new Pseudonyms();
  const links = linksOf(Buffer.from(textOf(contents, "rollout_events.jsonl"))) ?? [];
  const events = links.map(({ event }) => names.ofEvent(event as unknown as RolloutEvent));
  const { environment, origin, createdAt } = manifest;
  const acceptance = acceptanceFiles.map((name) => [name, names.ofAnswers(read<SuiteRecord>(name))] as const);
  const declaration = "production_ready_declaration.json";
  return sealed(
    {
      provenance: { environment, origin, createdAt, redactedFrom: { manifestSha256: sha256 } },
      acceptance: Object.fromEntries(acceptance),
      plan: read<CanaryPlan>("canary_plan.json"),
      links: chainOf(events),
      record: names.ofRollout(read<RolloutRecord>("rollout_record.json")),
      declaration: contents.has(declaration)
        ? names.ofRollout(read<DeclarationFile>(declaration))
        : undefined,
    },
    signer,
  );
}
