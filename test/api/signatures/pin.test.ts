import { expect, test } from "vitest";
import { hashPin, pinMatches } from "../../../api/signatures/pin.ts";

test("a PIN matches its own hash and no other PIN does", async () => {
  const pinHash = await hashPin("4711");
  expect(pinHash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
  expect(await pinMatches("4711", pinHash)).toBe(true);
  expect(await pinMatches("4712", pinHash)).toBe(false);
});

test("the same PIN is hashed differently each time, and no hash holds it", async () => {
  const [first, second] = await Promise.all([hashPin("90210"), hashPin("90210")]);
  expect(first).not.toBe(second);
  expect(first).not.toContain("90210");
});

test.each(["", "plain", "$argon2id$v=19$m=1,t=1,p=1$AAAA$AAAA", "$argon2id$v=19$m=19456,t=2,p=1$AAAA$AAAA"])(
  "a hash that is not argon2id with our cost is refused: %s",
  async (pinHash) => {
    await expect(pinMatches("4711", pinHash)).rejects.toThrow(TypeError);
  },
);
