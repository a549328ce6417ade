import { expect, it } from "vitest";
import { countText, nounOf } from "../../monitoring/count-text.ts";

it("puts the noun in the plural for every number but one", () => {
  expect([0, 1, 2].map((count) => countText(count, "request"))).toEqual([
    "0 requests",
    "1 request",
    "2 requests",
  ]);
  expect(countText(1, "file differs", "files differ")).toBe("1 file differs");
  expect(countText(0, "file differs", "files differ")).toBe("0 files differ");
  expect(nounOf(undefined, "request")).toBe("requests");
});
