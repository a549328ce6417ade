/**
 * The resource graph of a stack as a committed file: every change of the infrastructure shows in review. What changes
 * with each edit of the code or differs between machines is a placeholder.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { StageName } from "../../flags/plan.ts";
import { type EnvironmentName, type LayerName, layers } from "../naming.ts";
import { type Graph, keyOf, type PlannedResource, unsetOptions } from "./graph.ts";
import { type LayerPlans, type LayersRequest, planAtStage } from "./layers.ts";
import { readStackConfig } from "./stack-config.ts";

export const snapshotDirectory = "infra/preview/snapshots";

export type Snapshots = Readonly<Record<LayerName, string>>;

/** The committed snapshot is missing or no snapshot. */
export class SnapshotUnreadable extends Error {
  override readonly name = "SnapshotUnreadable";
}

/** What every resource has unless it says otherwise is left out of the file. */
function isDefault(key: string, value: unknown): boolean {
  return (
    key in unsetOptions &&
    JSON.stringify(unsetOptions[key as keyof typeof unsetOptions]) === JSON.stringify(value)
  );
}

/** Keys sorted; a bundle without the hash of its content. */
function stable(_key: string, value: unknown): unknown {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return value;
  const fields = value as Record<string, unknown>;
  const content = "$archive" in fields || "$asset" in fields;
  const kept = Object.entries(fields).filter(([name]) => !(content && name === "hash"));
  return Object.fromEntries(kept.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** `hashes`: texts that change with each edit of the code, and what stands for them. */
export function snapshotText(graph: Graph, hashes: Readonly<Record<string, string>> = {}): string {
  const resources = [...graph.resources]
    .sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
    .map(({ urn: _urn, ...resource }) =>
      Object.fromEntries(Object.entries(resource).filter(([key, value]) => !isDefault(key, value))),
    );
  const text = `${JSON.stringify({ resources }, stable, 2)}\n`;
  const places = {
    [pathToFileURL(process.cwd()).href]: "file://<repository>",
    [process.cwd()]: "<repository>",
  };
  const named = text.replace(/(\.part-lens\/bundles\/[a-z-]+)-[0-9a-f]{12}/g, "$1-<hash>");
  return Object.entries({ ...hashes, ...places }).reduce(
    (made, [found, put]) => made.replaceAll(found, put),
    named,
  );
}

function hashesOf(plans: LayerPlans): Record<string, string> {
  const { codeVersion, migrationHash } = plans.service.outputs;
  const known = { "<code version>": codeVersion, "<migration hash>": migrationHash };
  return Object.fromEntries(
    Object.entries(known).flatMap(([put, found]) => (typeof found === "string" ? [[found, put]] : [])),
  );
}

/** The snapshots of an environment at the stage of its configuration. Throws PlanFailed, StackConfigUnreadable. */
export async function plannedSnapshots(request: LayersRequest): Promise<Snapshots> {
  const { environment, stacksDirectory } = request;
  const stage = readStackConfig(`${environment}-rollout`, stacksDirectory)["part-lens:rolloutStage"];
  const plans = await planAtStage(request, stage as StageName);
  const hashes = hashesOf(plans);
  const of = (layer: LayerName) => [layer, snapshotText(plans[layer].graph, hashes)] as const;
  return Object.fromEntries(layers.map(of)) as Record<LayerName, string>;
}

function fileOf(environment: EnvironmentName, layer: LayerName, directory: string): string {
  return join(directory, `${environment}-${layer}.json`);
}

export function writeSnapshots(
  environment: EnvironmentName,
  made: Snapshots,
  directory = snapshotDirectory,
): void {
  mkdirSync(directory, { recursive: true });
  for (const layer of layers) writeFileSync(fileOf(environment, layer, directory), made[layer]);
}

/** The layers whose committed snapshot is another, or missing. */
export function staleLayers(
  environment: EnvironmentName,
  made: Snapshots,
  directory = snapshotDirectory,
): LayerName[] {
  return layers.filter((layer) => {
    const file = fileOf(environment, layer, directory);
    return !existsSync(file) || readFileSync(file, "utf8") !== made[layer];
  });
}

/** Reads a snapshot back as a graph. Throws SnapshotUnreadable. */
export function graphOfSnapshot(text: string, where: string): Graph {
  try {
    const { resources } = JSON.parse(text) as { resources: Omit<PlannedResource, "urn">[] };
    return { resources: resources.map((resource) => ({ urn: "", ...unsetOptions, ...resource })) };
  } catch (error) {
    throw new SnapshotUnreadable(`${where} is no snapshot: ${(error as Error).message}`, { cause: error });
  }
}

/** The graph of a committed snapshot; empty when there is none. Throws SnapshotUnreadable. */
export function committedGraph(environment: EnvironmentName, layer: LayerName, directory: string): Graph {
  const file = fileOf(environment, layer, directory);
  return existsSync(file) ? graphOfSnapshot(readFileSync(file, "utf8"), file) : { resources: [] };
}
