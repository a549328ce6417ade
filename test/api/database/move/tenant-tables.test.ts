import { expect, test } from "vitest";
import { inOrder, TablesNotMovable } from "../../../../api/database/move/tenant-tables.ts";

test("tables come after those that they refer to, in their own order otherwise", () => {
  const references = [
    ["a", "c"],
    ["b", "a"],
    ["b", "c"],
  ] as const;
  expect(inOrder(["a", "b", "c", "d"], references)).toEqual(["c", "d", "a", "b"]);
});

test("tables that refer to each other are refused by name", () => {
  const references = [
    ["a", "b"],
    ["b", "a"],
  ] as const;
  expect(() => inOrder(["a", "b", "c"], references)).toThrow(TablesNotMovable);
  expect(() => inOrder(["a", "b", "c"], references)).toThrow("a, b");
});
