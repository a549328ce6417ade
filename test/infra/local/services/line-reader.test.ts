import fc from "fast-check";
import { expect, test } from "vitest";
import { LineReader } from "../../../../infra/local/services/line-reader.ts";

test("lines are the same however the text was cut into chunks", () => {
  const line = fc.string().map((text) => text.replaceAll("\n", ""));
  fc.assert(
    fc.property(fc.array(line, { minLength: 1 }), fc.array(fc.nat({ max: 40 })), (lines, cuts) => {
      const read: string[] = [];
      const reader = new LineReader((one) => read.push(one));
      let text = lines.map((one) => `${one}\n`).join("");
      for (const cut of cuts) {
        reader.add(text.slice(0, cut));
        text = text.slice(cut);
      }
      reader.add(text);
      expect(read).toEqual(lines);
    }),
  );
});

test("a last line without an end is handed on at the end", () => {
  const read: string[] = [];
  const reader = new LineReader((one) => read.push(one));
  reader.add("a\nb");
  expect(read).toEqual(["a"]);
  reader.end();
  expect(read).toEqual(["a", "b"]);
});
