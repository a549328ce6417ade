import { expect, test } from "vitest";
import { totpStep } from "../../../api/signatures/totp.ts";

// RFC 6238, appendix B: the secret "12345678901234567890", SHA-1, the last six of the eight digits.
const secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

test.each([
  [59, "287082", 1],
  [1111111109, "081804", 37037036],
  [1234567890, "005924", 41152263],
  [20000000000, "353130", 666666666],
])("at %i s the code of RFC 6238 is accepted with its step", (seconds, code, step) => {
  expect(totpStep(secret, code, seconds * 1000)).toBe(step);
});

test("a code counts one step early and one step late, with the step it belongs to, and no further", () => {
  const steps = [-60, -30, 0, 30, 60].map((shift) => totpStep(secret, "005924", (1234567890 + shift) * 1000));
  expect(steps).toEqual([null, 41152263, 41152263, 41152263, null]);
});
