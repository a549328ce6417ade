import { hash } from "node:crypto";
import * as z from "zod";
import { canonicalJson } from "../../api/database/canonical-json.ts";
import { type BundleContents, type BundleFileName, bundleFileNames } from "./bundle-files.ts";
import { keyAlgorithm } from "./signing-key.ts";

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const fileName = z.enum(bundleFileNames as [BundleFileName, ...BundleFileName[]]);

export const manifestSchema = z.strictObject({
  format: z.literal("part-lens-evidence/1"),
  environment: z.string().min(1),
  /** A rehearsal proves the program, not a deployment. */
  origin: z.enum(["deployment", "rehearsal"]),
  createdAt: z.iso.datetime(),
  /** By name, ascending. */
  files: z.array(z.strictObject({ name: fileName, sha256, bytes: z.int().min(0) })),
  /** The length of the event log, and the hash of its last link. */
  log: z.strictObject({ events: z.int().min(0), head: sha256 }),
  /** The fingerprint is the SHA-256 of the SubjectPublicKeyInfo. */
  key: z.strictObject({ algorithm: z.literal(keyAlgorithm), fingerprint: sha256 }),
  /** Of a copy without names: the manifest of the original. */
  redactedFrom: z.strictObject({ manifestSha256: sha256 }).optional(),
});

/** What a bundle says of itself, and what its signature covers: through the hashes, every other file. */
export type Manifest = z.infer<typeof manifestSchema>;

/** Where a bundle comes from. */
export type Provenance = Pick<Manifest, "environment" | "origin" | "createdAt" | "redactedFrom">;

export function manifestOf(
  contents: BundleContents,
  provenance: Provenance,
  rest: Pick<Manifest, "log"> & { readonly fingerprint: string },
): Manifest {
  const files = [...contents].map(([name, bytes]) => ({
    name: name as BundleFileName,
    sha256: hash("sha256", bytes, "hex"),
    bytes: bytes.length,
  }));
  return manifestSchema.parse({
    format: "part-lens-evidence/1",
    ...provenance,
    files: files.sort((a, b) => (a.name < b.name ? -1 : 1)),
    log: rest.log,
    key: { algorithm: keyAlgorithm, fingerprint: rest.fingerprint },
  });
}

/** The text of a JSON file in a bundle. */
export function jsonFile(value: unknown): Buffer {
  return Buffer.from(`${canonicalJson(value)}\n`);
}

/** What a JSON file holds; undefined unless it is the one text that `jsonFile` gives for it. */
export function jsonOf(bytes: Uint8Array): unknown {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString("utf8"));
    return jsonFile(value).equals(bytes) ? value : undefined;
  } catch {
    return undefined;
  }
}
