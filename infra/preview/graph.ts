/** The resource graph of one stack: what the program asks for, with every option, outputs as placeholders. */

export interface PlannedResource {
  readonly type: string;
  readonly name: string;
  readonly urn: string;
  /** False for a component. */
  readonly custom: boolean;
  readonly inputs: Readonly<Record<string, unknown>>;
  /** Key of the parent, if it has one. */
  readonly parent?: string;
  /** Keys of the resources this one waits for: explicit ones and those whose outputs are among its inputs. */
  readonly dependsOn: readonly string[];
  /** Key of the provider resource, if it names one. */
  readonly provider?: string;
  readonly protect: boolean;
  readonly retainOnDelete: boolean;
  readonly deleteBeforeReplace: boolean;
  /** Key of the resource with which this one vanishes. */
  readonly deletedWith?: string;
  readonly ignoreChanges: readonly string[];
  readonly replaceOnChanges: readonly string[];
  /** Old names of the resource. */
  readonly aliases: readonly string[];
  /** Paths of the inputs that are secret. */
  readonly secretInputs: readonly string[];
}

/** What a resource is unless it says otherwise. */
export const unsetOptions = {
  custom: true,
  dependsOn: [],
  protect: false,
  retainOnDelete: false,
  deleteBeforeReplace: false,
  ignoreChanges: [],
  replaceOnChanges: [],
  aliases: [],
  secretInputs: [],
} as const satisfies Partial<PlannedResource>;

export interface Graph {
  readonly resources: readonly PlannedResource[];
}

/** What identifies a resource in a graph. */
export function keyOf(resource: { readonly type: string; readonly name: string }): string {
  return `${resource.type}::${resource.name}`;
}

export function isProvider(type: string): boolean {
  return type.startsWith("pulumi:providers:");
}

function sortedKeys(_key: string, value: unknown): unknown {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** JSON with sorted keys and sorted resources: two plans of the same program are the same text. */
export function graphJson(graph: Graph): string {
  const resources = [...graph.resources].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  return `${JSON.stringify({ resources }, sortedKeys, 2)}\n`;
}

/** The same value whatever the order of its keys. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, sortedKeys) ?? "undefined";
}
