/** The files of an evidence bundle. Source: domain.md, "The evidence bundle". */

interface BundleFile {
  /** json: one canonical text and a newline. lines: such a text a line. text: for people, rendered from the others. */
  readonly format: "json" | "lines" | "text";
  /** A bundle without it is none. */
  readonly required: boolean;
  readonly holds: string;
}

/** By name. A bundle holds no other file but its seal. */
export const bundleFiles = {
  "DEPLOYMENT_READINESS.md": { format: "text", required: true, holds: "what was proven and what was not" },
  "canary_plan.json": { format: "json", required: true, holds: "the stages, their criteria and the alarms" },
  "canary_plan.md": { format: "text", required: true, holds: "the same for a reader" },
  "canonical_router_acceptance_summary.json": {
    format: "json",
    required: true,
    holds: "the canonical router's cases",
  },
  "idempotency_409_evidence.json": { format: "json", required: true, holds: "repeated and reused keys" },
  "production_ready_declaration.json": {
    format: "json",
    required: false,
    holds: "the declaration, once it was made",
  },
  "rollout_events.jsonl": { format: "lines", required: true, holds: "every event of the rollout, chained" },
  "rollout_record.json": { format: "json", required: true, holds: "stages, verdicts, numbers and actors" },
  "signed_actions_evidence.json": { format: "json", required: true, holds: "the signed actions' cases" },
  "storage_rls_403_evidence.json": { format: "json", required: true, holds: "foreign objects refused" },
  "zero_5xx_scan.json": { format: "json", required: true, holds: "what a client can get wrong" },
} as const satisfies Record<string, BundleFile>;

export type BundleFileName = keyof typeof bundleFiles;

export const bundleFileNames = Object.keys(bundleFiles) as readonly BundleFileName[];

/** What seals the other files: their hashes, the signature over those, and the key that it was made with. */
export const seal = {
  manifest: "manifest.json",
  signature: "manifest.sig",
  publicKey: "public-key.pem",
} as const;

/** A bundle, whole, in memory. */
export type BundleContents = ReadonlyMap<string, Uint8Array>;

/** A file of a bundle is not what its readers can work with. */
export class UnreadableBundleError extends Error {
  override readonly name = "UnreadableBundleError";
}

/** The text of that file. Throws an UnreadableBundleError when there is none. */
export function textOf(contents: BundleContents, name: string): string {
  const bytes = contents.get(name);
  if (!bytes) throw new UnreadableBundleError(`the bundle has no ${name}`);
  return Buffer.from(bytes).toString("utf8");
}
