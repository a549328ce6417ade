/** The order in which resources are made, and unmade. */
import { keyOf, type PlannedResource } from "../preview/graph.ts";
import { referencesIn } from "../preview/reference.ts";

/** A resource that waits for itself. */
export class DependencyCycle extends Error {
  override readonly name = "DependencyCycle";
}

/** Keys of the resources that must be there before this one. */
export function dependenciesOf(resource: PlannedResource): string[] {
  const { dependsOn, provider, parent, deletedWith } = resource;
  const referred = referencesIn(resource.inputs).map(keyOf);
  const named = [provider, parent, deletedWith].filter((key) => key !== undefined);
  return [...new Set([...referred, ...dependsOn, ...named])].sort();
}

interface Node {
  readonly key: string;
  readonly dependencies: readonly string[];
}

/**
 * Runs the work on every node once its dependencies are done, a few at a time. After a failure nothing new
 * starts; what runs is waited for, then the first failure is thrown. Dependencies that are no nodes are taken as done.
 */
export async function inDependencyOrder<T extends Node>(
  nodes: readonly T[],
  concurrency: number,
  work: (node: T) => Promise<void>,
): Promise<void> {
  const waiting = new Map(nodes.map((node) => [node.key, node]));
  const running = new Map<string, Promise<void>>();
  const failures: unknown[] = [];
  const isOpen = (key: string) => waiting.has(key) || running.has(key);
  const start = (node: T) => {
    waiting.delete(node.key);
    const done = work(node).catch((error: unknown) => void failures.push(error));
    running.set(
      node.key,
      done.finally(() => running.delete(node.key)),
    );
  };
  while (waiting.size > 0 || running.size > 0) {
    if (failures.length === 0) {
      for (const node of waiting.values()) {
        if (running.size >= concurrency) break;
        if (!node.dependencies.some(isOpen)) start(node);
      }
    }
    if (running.size === 0) break;
    await Promise.race(running.values());
  }
  if (failures.length > 0) throw failures[0];
  if (waiting.size > 0)
    throw new DependencyCycle(`these wait for each other: ${[...waiting.keys()].join(", ")}`);
}

/** Nodes so that each comes before those it depends on: the order to delete in. */
export function deletionOrder<T extends Node>(nodes: readonly T[]): T[] {
  const byKey = new Map(nodes.map((node) => [node.key, node]));
  const ordered: T[] = [];
  const visited = new Set<string>();
  const visit = (node: T) => {
    if (visited.has(node.key)) return;
    visited.add(node.key);
    for (const key of node.dependencies) {
      const dependency = byKey.get(key);
      if (dependency) visit(dependency);
    }
    ordered.push(node);
  };
  for (const node of nodes) visit(node);
  return ordered.reverse();
}
