/** What differs between two checkouts of the project, by their snapshots. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { type StageName, stageOf } from "../../flags/plan.ts";
import { type EnvironmentName, type LayerName, layers } from "../naming.ts";
import { alarmChanges } from "./alarm-changes.ts";
import { type DiffStep, diffGraphs } from "./diff.ts";
import { type DocumentChange, documentChanges } from "./document-changes.ts";
import { type Forbidden, forbiddenChanges, type LayerSteps } from "./forbidden.ts";
import type { Graph } from "./graph.ts";
import { alarmSection, documentSection, forbiddenSection, page, resourceSection } from "./markdown.ts";
import { committedGraph, graphOfSnapshot, type Snapshots, snapshotDirectory } from "./snapshot.ts";

export interface CheckoutChange {
  readonly environment: EnvironmentName;
  readonly steps: LayerSteps;
  /** Differences of the flag document that the rollout layer hosts. */
  readonly document: readonly DocumentChange[];
  readonly alarms: readonly string[];
  readonly forbidden: readonly Forbidden[];
  /** The step of the rollout, when the stage is another. */
  readonly stage?: { readonly from: StageName; readonly to: StageName };
}

/** The other checkout has no snapshots at all. */
export class BaseUnreadable extends Error {
  override readonly name = "BaseUnreadable";
}

type Graphs = Readonly<Record<LayerName, Graph>>;

function byLayer<Value>(of: (layer: LayerName) => Value): Readonly<Record<LayerName, Value>> {
  return Object.fromEntries(layers.map((layer) => [layer, of(layer)])) as Record<LayerName, Value>;
}

function documentOf(graphs: Graphs): unknown {
  const hosted = graphs.rollout.resources.find(({ type }) => type.endsWith(":HostedConfigurationVersion"));
  return typeof hosted?.inputs.content === "string"
    ? (JSON.parse(hosted.inputs.content) as unknown)
    : undefined;
}

/** The step between two documents, or undefined when there is none. Throws a RangeError for a stage of no plan. */
function stepBetween(before: unknown, after: unknown): CheckoutChange["stage"] {
  const stageIn = (document: unknown) =>
    (document as { metadata?: { stage?: string } } | undefined)?.metadata?.stage;
  const [from, to] = [stageIn(before), stageIn(after)];
  if (from === undefined || to === undefined || from === to) return undefined;
  return { from: stageOf(from).stage, to: stageOf(to).stage };
}

/** `base`: the other checkout's folder. Throws BaseUnreadable, SnapshotUnreadable. */
export function checkoutChange(environment: EnvironmentName, base: string, made: Snapshots): CheckoutChange {
  const directory = join(base, snapshotDirectory);
  if (!existsSync(directory))
    throw new BaseUnreadable(`${directory} does not exist: that checkout has no snapshots`);
  const before = byLayer((layer) => committedGraph(environment, layer, directory));
  const after = byLayer((layer) => graphOfSnapshot(made[layer], `${environment}-${layer}`));
  const steps: Readonly<Record<LayerName, DiffStep[]>> = byLayer((layer) =>
    diffGraphs(before[layer], after[layer]),
  );
  const [old, now] = [documentOf(before), documentOf(after)];
  const stage = stepBetween(old, now);
  return {
    environment,
    steps,
    document: documentChanges(old, now),
    alarms: alarmChanges(before.service, after.service),
    forbidden: forbiddenChanges(steps, stage !== undefined),
    ...(stage && { stage }),
  };
}

function isTouched({ steps }: CheckoutChange): boolean {
  return layers.some((layer) => steps[layer].some(({ step }) => step !== "same"));
}

/** Environments that nothing changes in are named in one line; a step of the rollout has a page of its own. */
export function checkoutMarkdown(changes: readonly CheckoutChange[]): string {
  const touched = changes.filter(isTouched);
  const pages = touched.map(({ environment, steps, document, alarms, forbidden }) =>
    page(
      "what this changes",
      [
        forbiddenSection(forbidden),
        resourceSection(steps),
        document.length > 0 ? documentSection(document, () => undefined) : [],
        alarmSection(alarms),
      ],
      environment,
    ),
  );
  const same = changes.filter((change) => !isTouched(change)).map(({ environment }) => environment);
  const rest = same.length > 0 ? [`No infrastructure changes in ${same.join(", ")}.`] : [];
  const note =
    "Compared by the snapshots, in which bundles, code version and migration hash are placeholders: new code alone does not show.";
  return [...pages, ...rest, note].join("\n\n");
}
