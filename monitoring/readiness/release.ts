import { countText } from "../count-text.ts";
import { type BundleReading, verifyBundle } from "../evidence/bundle-verification.ts";
import { type ArchivedBundle, archive, type EvidenceStore } from "./archive.ts";
import { contradictions, readinessOf } from "./bundle-agreement.ts";
import type { Repository } from "./git-repository.ts";
import { openItems } from "./readiness-document.ts";
import {
  type StagingEvidence,
  type StagingLeft,
  stagingLeft,
  type WithoutStaging,
} from "./staging-evidence.ts";

export interface ReleaseInputs {
  readonly repository: Repository;
  readonly bundle: BundleReading;
  /** The key that must have signed it, PEM. */
  readonly publicKey: string;
  /** The version of the code that this checkout builds. */
  readonly codeVersion: () => Promise<string>;
  /** Bundles of earlier stages, wherever they were made. */
  readonly earlier: readonly BundleReading[];
  /** What staging's rollout left, or why nothing of it is archived. */
  readonly staging: StagingEvidence | WithoutStaging;
  /** Hears how many of staging's files are kept, of how many. */
  readonly progress?: (done: number, total: number) => void;
  readonly store: Pick<EvidenceStore, "create" | "read">;
  /** Now, milliseconds since the epoch. */
  readonly at: number;
}

/** What was released, or everything that stands against it. */
export type Released =
  | {
      readonly tag: string;
      readonly commit: string;
      readonly bundle: string;
      readonly kept: readonly string[];
    }
  | { readonly refused: readonly string[] };

/** The one environment whose evidence is released. */
const production = "prod";

/** What the tag of every release begins with. */
export const releaseTagPrefix = "part-lens-v2-production-";

/** `part-lens-v2-production-YYYYMMDD`, by the day in UTC. */
export function releaseTag(at: number): string {
  return `${releaseTagPrefix}${new Date(at).toISOString().slice(0, 10).replaceAll("-", "")}`;
}

/**
 * Keeps the evidence, then tags the commit that it is of: what is tagged is kept already, and a release that was cut
 * off can be asked for again. Refuses without a bundle that verifies and says production-ready, from a rehearsal, and
 * from a checkout that is not what was proven. Rejects with what git or the store throws.
 */
export async function release(inputs: ReleaseInputs): Promise<Released> {
  const { repository, bundle, publicKey, earlier, store, at } = inputs;
  const tag = releaseTag(at);
  const released = checked(bundle, publicKey);
  const before = earlier.map((reading) => checked(reading));
  const staging = await stagingOf(inputs, released);
  const refused = [
    ...("problems" in released ? released.problems : evidenceProblems(released)),
    ...before.flatMap((one) =>
      "problems" in one ? one.problems.map((text) => `an earlier bundle: ${text}`) : [],
    ),
    ...("problems" in staging ? staging.problems : []),
    ...(await checkoutProblems(inputs, tag, released)),
  ];
  if (refused.length > 0 || "problems" in released || "problems" in staging) return { refused };
  const commit = await repository.head();
  const { progress } = inputs;
  const whole = before.filter((one) => "sha256" in one);
  const kept = await archive(store, tag, { released, earlier: whole, staging, progress });
  await repository.tag(tag, commit, tagMessage(released, staging));
  return { tag, commit, bundle: released.sha256, kept };
}

function checked(
  reading: BundleReading,
  key?: string,
): ArchivedBundle | { readonly problems: readonly string[] } {
  const { verified, problems, manifest, sha256 } = verifyBundle(reading, key);
  if (verified && manifest && sha256) return { sha256, manifest, contents: reading.contents };
  return { problems: problems.map(({ file, text }) => `the bundle does not verify: ${file}: ${text}`) };
}

/** Until the released evidence was collected; without that there is nothing to look for. */
async function stagingOf({ staging }: ReleaseInputs, released: ReturnType<typeof checked>) {
  if ("reason" in staging) {
    const reason = staging.reason.trim();
    return reason === "" ? { problems: ["say why nothing of staging is archived"] } : { reason };
  }
  if ("problems" in released) return { problems: [] };
  const left = await stagingLeft(staging, released.manifest.createdAt);
  return "problems" in left ? left : { ...left, read: (key: string) => staging.read(key) };
}

function evidenceProblems({ manifest, contents }: ArchivedBundle): string[] {
  const { environment, redactedFrom } = manifest;
  return [
    environment !== production && `it is evidence of ${environment}, not of ${production}`,
    redactedFrom && "it is a copy without names: release from the original",
    ...openItems(readinessOf(manifest, contents)),
    ...(redactedFrom ? [] : contradictions(manifest, contents)).map(
      ({ file, text }) => `${file}: ${text}: build the bundle again from its log`,
    ),
  ].filter((problem) => typeof problem === "string");
}

async function checkoutProblems(
  { repository, codeVersion }: ReleaseInputs,
  tag: string,
  released: ReturnType<typeof checked>,
): Promise<string[]> {
  const [changes, tagged] = await Promise.all([repository.changes(), repository.tagged(tag)]);
  const found: string[] = [];
  if (changes.length > 0)
    found.push(
      `the checkout is not clean: ${countText(changes.length, "file differs", "files differ")} from its commit, such as ${changes[0]?.trim()}`,
    );
  if (tagged) found.push(`the tag ${tag} exists already, at ${tagged}`);
  // A version is only known of a commit, and only worth asking for where there is something to compare it with.
  if (changes.length > 0 || "problems" in released) return found;
  const proven = codesOf(released);
  const built = await codeVersion();
  if (!proven.includes(built))
    found.push(
      `this checkout builds the code ${built}, and the evidence is of ${proven.join(", ") || "none"}`,
    );
  return found;
}

function codesOf({ manifest, contents }: ArchivedBundle): string[] {
  const suites = Object.values(readinessOf(manifest, contents).acceptance);
  return [...new Set(suites.flatMap(({ stamps }) => stamps.code))];
}

function tagMessage(released: ArchivedBundle, staging: StagingLeft | WithoutStaging): string {
  const { sha256, manifest, contents } = released;
  const { record, declaration } = readinessOf(manifest, contents);
  return [
    "Part Lens v2, production-ready",
    "",
    `Evidence-Bundle: ${sha256}`,
    `Evidence-Key: ${manifest.key.fingerprint}`,
    `Environment: ${manifest.environment}`,
    `Code-Version: ${codesOf(released).join(", ")}`,
    `Declared: ${declaration?.at} by ${declaration?.actor}`,
    `Staging-Evidence: ${"reason" in staging ? `none, ${staging.reason}` : `${countText(staging.keys.length, "file")}, log ${staging.head}`}`,
    ...record.signOffs.map(({ name, role, at }) => `Signed-Off: ${name}, ${role}, ${at}`),
  ].join("\n");
}
