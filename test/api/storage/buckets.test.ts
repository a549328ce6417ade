import { describe, expect, test } from "vitest";
import { bucketNames, bucketRule } from "../../../api/storage/buckets.ts";
import { isMediaType } from "../../../api/storage/media-type.ts";
import { bucketKeys } from "../../../infra/storage/buckets.ts";

describe("the table of buckets", () => {
  test("has the buckets that the program makes, no more and no fewer", () => {
    expect([...bucketNames].sort()).toEqual([...bucketKeys].sort());
  });

  test("begins every key with the yacht's id, and knows the first bytes of every type", () => {
    for (const name of bucketNames) {
      expect(bucketRule(name).key("yacht", "part", "file")).toMatch(/^yacht\/.*\bpart\b.*\/file$/);
    }
  });
});

describe("a file's first bytes", () => {
  const heads = {
    "image/jpeg": Buffer.from([0xff, 0xd8, 0xff, 0xe0]),
    "image/png": Buffer.from("\x89PNG\r\n\x1a\n0000", "latin1"),
    "image/webp": Buffer.from("RIFF\x10\0\0\0WEBPVP8 ", "latin1"),
    "image/heic": Buffer.from("\0\0\0\x18ftypheic\0\0\0\0", "latin1"),
    "application/pdf": Buffer.from("%PDF-1.7\n"),
  };

  test.each(Object.keys(heads) as (keyof typeof heads)[])("tell %s from every other type", (mimeType) => {
    for (const [other, head] of Object.entries(heads))
      expect(isMediaType(mimeType, head)).toBe(other === mimeType);
    expect(isMediaType(mimeType, new Uint8Array())).toBe(false);
  });

  test("are known for every type that a bucket takes", () => {
    const taken = new Set(bucketNames.flatMap((name) => bucketRule(name).mimeTypes));
    expect([...taken].sort()).toEqual(Object.keys(heads).sort());
  });
});
