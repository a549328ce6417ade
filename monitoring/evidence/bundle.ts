import { type DeclarationFile, readinessDocument } from "../readiness/readiness-document.ts";
import type { RolloutEvent } from "../rollout/event.ts";
import { type SuiteRecord, suites } from "./acceptance.ts";
import { type BundleContents, seal } from "./bundle-files.ts";
import { type CanaryPlan, canaryPlanOf, canaryPlanText } from "./canary-plan.ts";
import { type ChainLink, chainOf, headOf } from "./event-chain.ts";
import { jsonFile, manifestOf, type Provenance } from "./manifest.ts";
import { criteriaOf, type RolloutRecord, recordOf } from "./rollout-record.ts";
import { type EvidenceSigner, fingerprintOf } from "./signing-key.ts";

/** What a bundle is made of: what the runs have left. */
export interface EvidenceSources {
  readonly provenance: Provenance;
  /** By file name: one record a suite, all of them. */
  readonly acceptance: Readonly<Record<string, SuiteRecord>>;
  /** The rollout's log, whole. */
  readonly events: readonly RolloutEvent[];
}

/** The data behind every file of a bundle. */
export interface BundleData {
  readonly provenance: Provenance;
  readonly acceptance: Readonly<Record<string, SuiteRecord>>;
  readonly plan: CanaryPlan;
  readonly links: readonly ChainLink[];
  readonly record: RolloutRecord;
  readonly declaration: DeclarationFile | undefined;
}

export const acceptanceFiles = Object.values(suites).map(({ file }) => file);

/** A bundle of that evidence, signed. Rejects with what the signer throws. */
export async function bundleOf(sources: EvidenceSources, signer: EvidenceSigner): Promise<BundleContents> {
  const { provenance, acceptance, events } = sources;
  const { environment } = provenance;
  const told = toldBy(environment, events);
  const data = { provenance, acceptance, plan: canaryPlanOf(environment), links: chainOf(events), ...told };
  return sealed(data, signer);
}

/** What a rollout's log says of it: the files of a bundle that are computed from it. */
export function toldBy(
  environment: string,
  events: readonly RolloutEvent[],
): Pick<BundleData, "record" | "declaration"> {
  const record = recordOf(environment, events);
  const { declaration } = record;
  return {
    record,
    declaration: declaration ? declarationOf(events.findLast(({ at }) => at === declaration.at)) : undefined,
  };
}

function declarationOf(event: RolloutEvent | undefined): DeclarationFile | undefined {
  if (event?.kind !== "declared") return undefined;
  const { actor, at, from, to, details } = event;
  return { actor, at, from, to, criteria: criteriaOf(details) };
}

/** The files of that data, with the seal over them. */
export async function sealed(data: BundleData, signer: EvidenceSigner): Promise<BundleContents> {
  const { provenance, acceptance, plan, links, record, declaration } = data;
  const lines = links.map((link) => jsonFile(link));
  const files = new Map<string, Uint8Array>([
    ["DEPLOYMENT_READINESS.md", Buffer.from(readinessDocument(data))],
    ["canary_plan.json", jsonFile(plan)],
    ["canary_plan.md", Buffer.from(canaryPlanText(plan))],
    ["rollout_events.jsonl", Buffer.concat(lines)],
    ["rollout_record.json", jsonFile(record)],
    ...acceptanceFiles.map((name) => [name, jsonFile(acceptance[name])] as const),
    ...(declaration ? [["production_ready_declaration.json", jsonFile(declaration)] as const] : []),
  ]);
  const publicKey = await signer.publicKey();
  const manifest = jsonFile(
    manifestOf(files, provenance, {
      log: { events: links.length, head: headOf(links) },
      fingerprint: fingerprintOf(publicKey),
    }),
  );
  return new Map<string, Uint8Array>([
    ...files,
    [seal.manifest, manifest],
    [seal.signature, await signer.sign(manifest)],
    [seal.publicKey, Buffer.from(publicKey)],
  ]);
}
