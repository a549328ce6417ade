/** What an update from one graph to another would do, without a cloud. */
import { changedPaths, withoutIgnored } from "./changed-paths.ts";
import { formerNames, withFormerNames } from "./former-names.ts";
import { type Graph, isProvider, keyOf, type PlannedResource } from "./graph.ts";
import { type Reference, referencesIn } from "./reference.ts";
import { isMoving, replaces } from "./replace-on.ts";

export type StepKind = "create" | "update" | "replace" | "delete" | "same";

export interface DiffStep {
  readonly step: StepKind;
  readonly type: string;
  readonly name: string;
  /** Paths of the changed inputs; empty for create, delete and same. */
  readonly properties: readonly string[];
}

function stepOf(
  step: StepKind,
  { type, name }: PlannedResource,
  properties: readonly string[] = [],
): DiffStep {
  return { step, type, name, properties };
}

type ByKey = ReadonlyMap<string, PlannedResource>;

/** The resource as it was: under its own name, or under one that it had before. */
function previous(resource: PlannedResource, all: ByKey, old: ByKey): PlannedResource | undefined {
  const names = [resource.name, ...formerNames(resource, all)];
  return names.map((name) => old.get(`${resource.type}::${name}`)).find((found) => found !== undefined);
}

/** An output that will be another one although its placeholder is the same text. */
function moves({ type, name, property }: Reference, steps: ReadonlyMap<string, DiffStep>): boolean {
  const step = steps.get(`${type}::${name}`)?.step;
  return step === "replace" || (step === "update" && isMoving(type, property));
}

/** What is done already: the steps, and the old names of what was renamed, both by key. */
interface Done {
  readonly steps: ReadonlyMap<string, DiffStep>;
  readonly renamed: ReadonlyMap<string, string>;
}

function changesOf(resource: PlannedResource, old: PlannedResource, { steps, renamed }: Done) {
  const moved = Object.keys(resource.inputs).filter((property) =>
    referencesIn(resource.inputs[property]).some((reference) => moves(reference, steps)),
  );
  const changed = changedPaths(old.inputs, withFormerNames(resource.inputs, renamed));
  const inside = moved.filter((property) => !changed.some((path) => path.split(/[.[]/)[0] === property));
  return withoutIgnored([...changed, ...inside].sort(), resource.ignoreChanges);
}

function compare(resource: PlannedResource, old: PlannedResource | undefined, done: Done): DiffStep {
  if (!old) return stepOf("create", resource);
  const changed = changesOf(resource, old, done);
  if (changed.length === 0) return stepOf("same", resource);
  const replaced = replaces(resource.type, changed, resource.replaceOnChanges);
  return stepOf(replaced ? "replace" : "update", resource, changed);
}

/** Resources of a program are registered after those they refer to, so the graph's own order is an order to work in. */
export function diffGraphs(before: Graph, after: Graph): DiffStep[] {
  const real = (graph: Graph) => graph.resources.filter(({ custom, type }) => custom && !isProvider(type));
  const old = new Map(real(before).map((resource) => [keyOf(resource), resource]));
  const all = new Map(after.resources.map((resource) => [keyOf(resource), resource]));
  const steps = new Map<string, DiffStep>();
  const renamed = new Map<string, string>();
  const met = new Set<string>();
  for (const resource of real(after)) {
    const was = previous(resource, all, old);
    if (was) met.add(keyOf(was));
    if (was && was.name !== resource.name) renamed.set(keyOf(resource), was.name);
    steps.set(keyOf(resource), compare(resource, was, { steps, renamed }));
  }
  const gone = [...old.values()].filter((resource) => !met.has(keyOf(resource)));
  return [...steps.values(), ...gone.reverse().map((resource) => stepOf("delete", resource))];
}
