import { expect, test } from "vitest";
import { canonicalJson, payloadHash } from "../../../api/database/canonical-json.ts";

test("the order of keys and absent values make no difference, at any depth", () => {
  expect(canonicalJson({ b: [{ d: 1, c: null }], a: undefined })).toBe('{"b":[{"c":null,"d":1}]}');
  expect(payloadHash({ a: 1, b: 2.5 })).toBe(payloadHash({ b: 2.5, a: 1 }));
});

test("keys are in the order of RFC 8785, those that look like numbers too", () => {
  // Of the example in the RFC, section 3.2.3: U+1F600 is a surrogate pair and stands before U+FB33.
  const keys = ["\u20ac", "1", "10", "9", "\u00f6", "\ufb33", "\ud83d\ude00"];
  const text = canonicalJson(Object.fromEntries(keys.map((key) => [key, 0])));
  expect(text).toBe('{"1":0,"10":0,"9":0,"\u00f6":0,"\u20ac":0,"\ud83d\ude00":0,"\ufb33":0}');
  expect(canonicalJson([undefined, 1e21, -0, 0.1])).toBe("[null,1e+21,0,0.1]");
});

test("another value is another hash", () => {
  expect(payloadHash({ a: 1 })).not.toBe(payloadHash({ a: "1" }));
  expect(payloadHash({ a: 1 })).toMatch(/^[0-9a-f]{64}$/);
});
