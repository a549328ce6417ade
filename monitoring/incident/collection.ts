import { hash } from "node:crypto";
import { canonicalJson } from "../../api/database/canonical-json.ts";
import { countText } from "../count-text.ts";
import { within } from "../within.ts";
import {
  type Collected,
  type CollectionManifest,
  collectedSections,
  collectionManifest,
  type SectionName,
  sectionNames,
} from "./collected.ts";
import { incidentFiles } from "./incident-folder.ts";
import type { IncidentStore } from "./incident-store.ts";

/** Where each part comes from. One that rejects is missing, and nothing else is. */
export type CollectionSources = { readonly [Name in SectionName]: () => Promise<Collected[Name]> };

export interface CollectionOptions {
  readonly incident: string;
  readonly store: IncidentStore;
  /** For each part; all are read at once. */
  readonly milliseconds: number;
  readonly now?: () => Date;
}

/**
 * Reads every part at once and writes it as it is, in canonical JSON, with a manifest of hashes at the end. What an
 * earlier run has written stays. Rejects when nothing could be written.
 */
export async function collect(sources: CollectionSources, options: CollectionOptions): Promise<string> {
  const { incident, milliseconds, now = () => new Date(), store } = options;
  const files: Record<string, { sha256: string; bytes: number }> = {};
  const missing: Record<string, string> = {};
  const one = async (name: SectionName) => {
    try {
      const text = textOf(name, await within<unknown>(milliseconds, sources[name]()));
      const written = await kept(store, incidentFiles.collected(incident, name), text);
      files[`${name}.json`] = { sha256: hash("sha256", written, "hex"), bytes: Buffer.byteLength(written) };
    } catch (error) {
      missing[name] = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    }
  };
  await Promise.all(sectionNames.map(one));
  const manifest: CollectionManifest = { incident, collectedAt: now().toISOString(), files, missing };
  await store.create(incidentFiles.manifest(incident), `${canonicalJson(manifest)}\n`);
  const absent = Object.keys(missing);
  return `${countText(Object.keys(files).length, "file")}${absent.length > 0 ? `, missing: ${absent.join(", ")}` : ""}`;
}

/** What lies there then: this text, or what a run that was cut off before its manifest has written. */
async function kept(store: IncidentStore, key: string, text: string): Promise<string> {
  if (await store.create(key, text)) return text;
  return (await store.read(key)) ?? text;
}

/** Throws a ZodError for a part that is not what it should be: it would not be read again. */
function textOf(name: SectionName, part: unknown): string {
  return `${canonicalJson(collectedSections[name].parse(part))}\n`;
}

/** What was collected; a part that is missing or was changed since is left out, and named with the reason. */
export async function readCollected(
  incident: string,
  store: IncidentStore,
): Promise<{ readonly parts: Partial<Collected>; readonly missing: Readonly<Record<string, string>> }> {
  const written = await store.read(incidentFiles.manifest(incident));
  if (written === undefined) return { parts: {}, missing: { everything: "nothing was collected" } };
  const manifest = collectionManifest.parse(JSON.parse(written));
  const missing: Record<string, string> = { ...manifest.missing };
  const parts: Record<string, unknown> = {};
  const one = async (name: SectionName) => {
    const listed = manifest.files[`${name}.json`];
    if (!listed) return;
    const text = await store.read(incidentFiles.collected(incident, name));
    if (text === undefined) missing[name] = "the file is gone";
    else if (hash("sha256", text, "hex") !== listed.sha256)
      missing[name] = "the file is not the one that was written";
    else parts[name] = collectedSections[name].parse(JSON.parse(text));
  };
  await Promise.all(sectionNames.map(one));
  return { parts: parts as Partial<Collected>, missing };
}
