import { expect, test } from "vitest";
import { idempotencyKey, newQuantity, positiveQuantity, text, uuid } from "../../api/fields.ts";

test.each([0.001, 1, 25.5, 0.3, 1.255, 999_999.999])("%s is a quantity", (value) => {
  expect(positiveQuantity.safeParse(value).success).toBe(true);
});

test.each([0, -1, 0.0001, 1.0005, 1e10, Number.NaN, Number.POSITIVE_INFINITY, "1"])("%s is none", (value) => {
  expect(positiveQuantity.safeParse(value).success).toBe(false);
});

test("a level may be 0", () => {
  expect(newQuantity.parse(0)).toBe(0);
});

test("ids are compared in lower case", () => {
  expect(uuid.parse("A0000000-0000-4000-8000-00000000000F")).toBe("a0000000-0000-4000-8000-00000000000f");
  expect(uuid.safeParse("a0000000").success).toBe(false);
});

test.each(["", "   ", "a\0b", "\ud800", "x".repeat(11)])(
  "text that is empty, too long or cannot be stored: %j",
  (value) => {
    expect(text(10).safeParse(value).success).toBe(false);
  },
);

test("text is trimmed; a key is visible ASCII", () => {
  expect(text(10).parse(" box ")).toBe("box");
  expect(idempotencyKey.safeParse("order:17").success).toBe(true);
  for (const key of ["", "two words", "schlüssel"]) expect(idempotencyKey.safeParse(key).success).toBe(false);
});
