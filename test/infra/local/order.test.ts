import fc from "fast-check";
import { expect, test } from "vitest";
import { DependencyCycle, deletionOrder, inDependencyOrder } from "../../../infra/local/order.ts";

/** Any graph without cycles: a node depends on some of those before it. */
const graphs = fc
  .array(fc.array(fc.nat({ max: 11 }), { maxLength: 4 }), { maxLength: 12 })
  .map((lists) =>
    lists.map((list, index) => ({
      key: String(index),
      dependencies: [...new Set(list)].filter((other) => other < index).map(String),
    })),
  )
  .chain((nodes) => fc.shuffledSubarray(nodes, { minLength: nodes.length }));

test("no node starts before its dependencies are done, whatever the graph", async () => {
  await fc.assert(
    fc.asyncProperty(graphs, async (nodes) => {
      const done = new Set<string>();
      await inDependencyOrder(nodes, 3, async ({ key, dependencies }) => {
        expect(dependencies.filter((other) => !done.has(other))).toEqual([]);
        await new Promise(setImmediate);
        done.add(key);
      });
      expect(done.size).toBe(nodes.length);
    }),
    { numRuns: 50 },
  );
});

test("each node is deleted before those it depends on, whatever the graph", () => {
  fc.assert(
    fc.property(graphs, (nodes) => {
      const keys = deletionOrder(nodes).map(({ key }) => key);
      expect(keys).toHaveLength(nodes.length);
      for (const { key, dependencies } of nodes) {
        for (const other of dependencies) expect(keys.indexOf(key)).toBeLessThan(keys.indexOf(other));
      }
    }),
  );
});

test("nodes that wait for each other are named", async () => {
  const nodes = [
    { key: "a", dependencies: ["b"] },
    { key: "b", dependencies: ["a"] },
  ];
  await expect(inDependencyOrder(nodes, 4, async () => undefined)).rejects.toThrow(DependencyCycle);
});
