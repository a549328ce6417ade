/** Makes the planned resources real: only what changed, in dependency order, deletes in reverse. */
import { changedPaths, withoutIgnored } from "../preview/changed-paths.ts";
import type { DiffStep, StepKind } from "../preview/diff.ts";
import { type Graph, isProvider, keyOf, type PlannedResource } from "../preview/graph.ts";
import { propertyAt, type Reference, resolveReferences } from "../preview/reference.ts";
import { isMoving, replaces } from "../preview/replace-on.ts";
import { deletionOrder, dependenciesOf, inDependencyOrder } from "./order.ts";
import type { Properties, Realised, Realiser, Wanted } from "./realiser.ts";
import { recordedOutputs } from "./recorded.ts";
import type { StackState, Stored } from "./state.ts";
import { UpdateFailed } from "./update-failed.ts";

export interface Step extends DiffStep {
  /** False: recorded only, no realiser covers the type. */
  readonly simulated: boolean;
}

export interface ApplyRequest {
  readonly graph: Graph;
  readonly state: StackState;
  readonly realisers: readonly Realiser[];
  readonly region: string;
  /** Only tells the steps. */
  readonly preview?: boolean;
  readonly onStep?: (step: Step) => void;
}

const concurrency = 4;
const defaultTimeoutSeconds = 120;

/** Throws UpdateFailed with the resource; the steps before it are in the state. */
export async function apply(
  request: ApplyRequest,
): Promise<{ steps: Step[]; resolve: (value: unknown) => unknown }> {
  const update = new Update(request);
  await update.run();
  return { steps: update.steps, resolve: (value) => update.resolve(value) };
}

/** How the work on one resource goes: known only when its dependencies are done. */
interface Decision {
  readonly step: Exclude<StepKind, "delete">;
  readonly properties: readonly string[];
  readonly wanted: Wanted;
  readonly old?: Stored;
}

class Update {
  readonly steps: Step[] = [];
  readonly #request: ApplyRequest;
  readonly #realisers: ReadonlyMap<string, Realiser>;
  /** Stored resources that the program still names, under whatever name. */
  readonly #met = new Set<string>();
  readonly #kinds = new Map<string, StepKind>();

  constructor(request: ApplyRequest) {
    this.#request = request;
    this.#realisers = new Map(
      request.realisers.flatMap((realiser) => realiser.types.map((type) => [type, realiser] as const)),
    );
  }

  async run(): Promise<void> {
    const resources = this.#request.graph.resources.filter(({ custom }) => custom);
    const nodes = resources.map((resource) => ({
      resource,
      key: keyOf(resource),
      dependencies: dependenciesOf(resource),
    }));
    await inDependencyOrder(nodes, concurrency, async ({ resource, dependencies }) => {
      try {
        await this.#make(resource, dependencies);
      } catch (error) {
        throw error instanceof UpdateFailed ? error : new UpdateFailed(resource, error);
      }
    });
    await this.#removeGone();
  }

  resolve(value: unknown): unknown {
    return resolveReferences(value, (reference) => this.#output(reference));
  }

  /** In a preview what is going to be another value stays a placeholder. */
  #output(reference: Reference): unknown {
    const { type, name, property } = reference;
    const key = keyOf(reference);
    const stored = this.#request.state.get(key);
    if (this.#request.preview) {
      const kind = this.#kinds.get(key);
      if (kind === "create" || kind === "replace" || (kind === "update" && isMoving(type, property)))
        return undefined;
    }
    if (!stored) return undefined;
    const value = propertyAt(stored.outputs, property) ?? propertyAt(stored.inputs, property);
    if (value !== undefined) return value;
    // Names and addresses of things must be real, an ARN or id that only appears in texts may be made up.
    const made = /(arn|id)$/i.test(property)
      ? recordedOutputs(stored, this.#request.region)[property]
      : undefined;
    if (made === undefined) throw new Error(`${type} ${name} gives no output "${property}", which is needed`);
    return made;
  }

  #decide(resource: PlannedResource): Decision {
    const wanted = this.#wanted(resource);
    const names = [resource.name, ...resource.aliases];
    const keys = names.map((name) => keyOf({ type: resource.type, name }));
    const key = keys.find((candidate) => this.#request.state.get(candidate));
    if (key === undefined) return { step: "create", properties: [], wanted };
    this.#met.add(key);
    const old = this.#request.state.get(key) as Stored;
    const all = changedPaths(old.inputs, wanted.inputs).sort();
    const properties = withoutIgnored(all, resource.ignoreChanges);
    const kept = this.#withIgnoredKept(wanted, old, resource.ignoreChanges);
    if (properties.length === 0) return { step: "same", properties, wanted: kept, old };
    const realiser = this.#realisers.get(resource.type);
    const more = [...resource.replaceOnChanges, ...(realiser?.replaceOn ?? [])];
    const replaced = (realiser && !realiser.update) || replaces(resource.type, properties, more);
    return { step: replaced ? "replace" : "update", properties, wanted: kept, old };
  }

  #wanted({ type, name, inputs, provider }: PlannedResource): Wanted {
    const resolved = this.resolve(inputs) as Properties;
    const made = provider === undefined ? undefined : this.#request.state.get(provider);
    return { type, name, inputs: resolved, ...(made && { provider: providerInputs(made.inputs) }) };
  }

  /** An ignored input keeps the value that it was made with. */
  #withIgnoredKept(wanted: Wanted, old: Stored, ignored: readonly string[]): Wanted {
    const tops = Object.keys({ ...old.inputs, ...wanted.inputs }).filter((key) => ignored.includes(key));
    if (tops.length === 0) return wanted;
    const kept = tops.filter((key) => key in old.inputs).map((key) => [key, old.inputs[key]]);
    const rest = Object.entries(wanted.inputs).filter(([key]) => !tops.includes(key));
    return { ...wanted, inputs: Object.fromEntries([...rest, ...kept]) };
  }

  async #make(resource: PlannedResource, dependencies: readonly string[]): Promise<void> {
    const decision = this.#decide(resource);
    const { step, wanted, old } = decision;
    this.#kinds.set(keyOf(resource), step);
    if (step === "replace" && old?.protect) throw new Error("is protected and would be replaced");
    if (!this.#request.preview) {
      if (step === "replace" && old && resource.deleteBeforeReplace) await this.#delete(old);
      const outputs = await this.#realise(decision);
      this.#store({ ...wanted, outputs, ...this.#metadata(resource, dependencies) }, step, resource, old);
    }
    this.#report(step, resource, decision.properties);
  }

  #metadata(resource: PlannedResource, dependencies: readonly string[]) {
    return {
      dependencies,
      protect: resource.protect,
      retainOnDelete: resource.retainOnDelete,
      simulated: this.#realisers.has(resource.type),
      ...(resource.provider !== undefined && { providerKey: resource.provider }),
      ...(resource.deletedWith !== undefined && { deletedWith: resource.deletedWith }),
    };
  }

  async #realise({ step, wanted, old }: Decision): Promise<Properties> {
    const realiser = this.#realisers.get(wanted.type);
    if (step === "same" && old) return old.outputs;
    if (!realiser) return recordedOutputs(wanted, this.#request.region);
    const work = step === "update" && old ? realiser.update?.(wanted, old) : realiser.create(wanted);
    const outputs = await withinLimit(work ?? realiser.create(wanted), realiser);
    if (outputs.id === undefined) throw new Error("its realiser gave no id");
    return outputs;
  }

  #store(stored: Stored, step: StepKind, resource: PlannedResource, old: Stored | undefined): void {
    const { state } = this.#request;
    const key = keyOf(resource);
    if (old && keyOf(old) !== key) state.remove(keyOf(old));
    // With the same id the new one has taken the old one's place: there is nothing left to delete.
    const replacedAside =
      step === "replace" && !resource.deleteBeforeReplace && old?.outputs.id !== stored.outputs.id;
    if (replacedAside && old) state.replace(key, stored, old);
    else state.put(key, stored);
  }

  async #removeGone(): Promise<void> {
    const { state, preview } = this.#request;
    const planned = new Set(this.#request.graph.resources.map(keyOf));
    const gone = state.all().filter((stored) => !planned.has(keyOf(stored)) && !this.#met.has(keyOf(stored)));
    const kept = gone.find((stored) => stored.protect);
    if (kept) throw new UpdateFailed(kept, "is protected and would be deleted");
    const doomed = new Set(gone.map(keyOf));
    const node = (stored: Stored) => ({ stored, key: keyOf(stored), dependencies: stored.dependencies });
    const replaced = preview ? [] : state.pending();
    for (const { stored } of deletionOrder([...gone, ...replaced].map(node))) {
      const withOwner = stored.deletedWith !== undefined && doomed.has(stored.deletedWith);
      if (!preview && !withOwner) await this.#delete(stored);
      if (replaced.includes(stored)) {
        state.removePending(stored);
        continue;
      }
      if (!preview) state.remove(keyOf(stored));
      this.#report("delete", stored);
    }
  }

  async #delete(old: Stored): Promise<void> {
    const realiser = this.#realisers.get(old.type);
    if (!realiser?.delete || old.retainOnDelete) return;
    const provider = old.providerKey === undefined ? undefined : this.#request.state.get(old.providerKey);
    const current: Realised = provider ? { ...old, provider: providerInputs(provider.inputs) } : old;
    try {
      await withinLimit(realiser.delete(current), realiser);
    } catch (error) {
      throw new UpdateFailed(old, error);
    }
  }

  #report(
    step: StepKind,
    { type, name }: { type: string; name: string },
    properties: readonly string[] = [],
  ): void {
    if (isProvider(type)) return;
    const done = { step, type, name, properties, simulated: this.#realisers.has(type) };
    this.steps.push(done);
    this.#request.onStep?.(done);
  }
}

async function withinLimit<T>(
  work: Promise<T>,
  { timeoutSeconds = defaultTimeoutSeconds }: Realiser,
): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const failure = new Error(`not done within ${timeoutSeconds} s`);
  const timer = setTimeout(() => reject(failure), timeoutSeconds * 1000);
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Pulumi hands a provider its inputs as JSON texts, unless they are strings. Numbers stay texts. */
function providerInputs(inputs: Properties): Properties {
  const decoded = (value: unknown) => {
    if (typeof value !== "string" || !/^(true|false|["{[].*)$/s.test(value)) return value;
    try {
      return JSON.parse(value) as unknown;
    } catch {
      return value;
    }
  };
  return Object.fromEntries(Object.entries(inputs).map(([key, value]) => [key, decoded(value)]));
}
