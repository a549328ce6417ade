import { expect, test } from "vitest";
import { canonicalJson, payloadHash } from "../../api/canonical-json.ts";

test("the order of keys and absent values make no difference, at any depth", () => {
  expect(canonicalJson({ b: [{ d: 1, c: null }], a: undefined })).toBe('{"b":[{"c":null,"d":1}]}');
  expect(payloadHash({ a: 1, b: 2.5 })).toBe(payloadHash({ b: 2.5, a: 1 }));
});

test("another value is another hash", () => {
  expect(payloadHash({ a: 1 })).not.toBe(payloadHash({ a: "1" }));
  expect(payloadHash({ a: 1 })).toMatch(/^[0-9a-f]{64}$/);
});
