/**
 * Whether the files of a bundle agree. The seal says that nothing was changed after it was made, not that what is said of
 * the rollout is what its log gives: that is computed here anew, by this checkout.
 */
import type { SuiteRecord } from "../evidence/acceptance.ts";
import { acceptanceFiles, toldBy } from "../evidence/bundle.ts";
import { type BundleContents, textOf } from "../evidence/bundle-files.ts";
import {
  type BundleProblem,
  type BundleReading,
  linksOf,
  type Verification,
  verifyBundle,
} from "../evidence/bundle-verification.ts";
import { jsonFile, type Manifest } from "../evidence/manifest.ts";
import type { RolloutRecord } from "../evidence/rollout-record.ts";
import type { RolloutEvent } from "../rollout/event.ts";
import { type DeclarationFile, type ReadinessInputs, readinessDocument } from "./readiness-document.ts";

const eventsFile = "rollout_events.jsonl";
const declarationFile = "production_ready_declaration.json";

/** The seal's verification, and whether the files that the log gives were computed and compared. */
export interface WholeVerification extends Verification {
  readonly compared: boolean;
}

/**
 * Looks at the seal, and where that holds at what it seals. A copy without names is not compared: its record was redacted
 * and not computed. `pinnedKey`: PEM.
 */
export function verifyWhole(reading: BundleReading, pinnedKey?: string): WholeVerification {
  const found = verifyBundle(reading, pinnedKey);
  const { verified, manifest } = found;
  if (!verified || !manifest || manifest.redactedFrom) return { ...found, compared: false };
  const problems = contradictions(manifest, reading.contents);
  return { ...found, verified: problems.length === 0, problems, compared: true };
}

/** The files that are not what the log gives; of a bundle whose seal holds. */
export function contradictions(manifest: Manifest, contents: BundleContents): BundleProblem[] {
  try {
    return Object.entries(givenBy(manifest, contents)).flatMap(([file, bytes]) => {
      const there = contents.get(file);
      const isSame = there && bytes ? bytes.equals(there) : there === bytes;
      return isSame ? [] : [contradiction(file, `it is not what ${eventsFile} gives`)];
    });
  } catch (error) {
    // Whoever holds the key can sign what is no record, no answer and no event.
    return [contradiction(eventsFile, `nothing can be computed from it: ${(error as Error).message}`)];
  }
}

function contradiction(file: string, text: string): BundleProblem {
  return { kind: "contradicts-log", file, text };
}

/** By name; undefined: there must be none. */
function givenBy(manifest: Manifest, contents: BundleContents): Record<string, Buffer | undefined> {
  const links = linksOf(Buffer.from(textOf(contents, eventsFile))) ?? [];
  const told = toldBy(
    manifest.environment,
    links.map(({ event }) => event as unknown as RolloutEvent),
  );
  const { acceptance } = readinessOf(manifest, contents);
  return {
    "rollout_record.json": jsonFile(told.record),
    [declarationFile]: told.declaration && jsonFile(told.declaration),
    "DEPLOYMENT_READINESS.md": Buffer.from(readinessDocument({ provenance: manifest, acceptance, ...told })),
  };
}

/** What a bundle says of production-ready, as its files have it. */
export function readinessOf(provenance: Manifest, contents: BundleContents): ReadinessInputs {
  const read = <T>(name: string) => JSON.parse(textOf(contents, name)) as T;
  return {
    provenance,
    acceptance: Object.fromEntries(acceptanceFiles.map((name) => [name, read<SuiteRecord>(name)])),
    record: read<RolloutRecord>("rollout_record.json"),
    declaration: contents.has(declarationFile) ? read<DeclarationFile>(declarationFile) : undefined,
  };
}
