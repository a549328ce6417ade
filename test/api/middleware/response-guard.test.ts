import { expect, test } from "vitest";
import { leavesScope } from "../../../api/middleware/response-guard.ts";

const mine = "a0000000-0000-4000-8000-000000000001";
const foreign = "b0000000-0000-4000-8000-000000000001";

test.each([
  ["nothing", {}],
  [
    "the yacht's own id, at any depth",
    { yacht_id: mine, parts: [{ yacht_id: mine, at: { yacht_id: mine } }] },
  ],
  ["a foreign id that is no yacht's", { part_id: foreign, notes: foreign }],
  ["null and plain values", { part: null, list: [1, "x", null] }],
])("%s stays in scope", (_, body) => {
  expect(leavesScope(body, mine)).toBe(false);
});

test.each([
  ["a foreign yacht", { yacht_id: foreign }],
  ["a foreign row among own ones", { parts: [{ yacht_id: mine }, { yacht_id: foreign }] }],
  ["a foreign row deep inside", { a: [[{ b: { yacht_id: foreign } }]] }],
  ["a yacht id that is none", { yacht_id: null }],
  ["a list of yacht ids", { yacht_id: [mine] }],
])("%s leaves the scope", (_, body) => {
  expect(leavesScope(body, mine)).toBe(true);
});

test("without a yacht no row may leave at all", () => {
  expect(leavesScope({ yacht_id: mine }, undefined)).toBe(true);
});
