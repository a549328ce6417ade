import { randomBytes, randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { keyFileSealer } from "../../../api/signatures/sealed-secret.ts";

const directory = mkdtempSync(join(tmpdir(), "part-lens-key-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function sealerWith(key: Buffer) {
  const path = join(directory, `${randomUUID()}.key`);
  writeFileSync(path, key.toString("base64"));
  return keyFileSealer(path);
}

test("a sealed secret opens for its user, and cannot be read without the key", async () => {
  const sealer = sealerWith(randomBytes(32));
  const sealed = await sealer.seal("user-1", "GEZDGNBVGY3TQOJQ");
  expect(sealed).not.toContain("GEZDGNBVGY3TQOJQ");
  expect(await sealer.open("user-1", sealed)).toBe("GEZDGNBVGY3TQOJQ");
});

test("a secret that was moved to another user, changed or sealed with another key does not open", async () => {
  const sealer = sealerWith(randomBytes(32));
  const sealed = await sealer.seal("user-1", "GEZDGNBVGY3TQOJQ");
  const flipped = sealed.endsWith("A") ? `${sealed.slice(0, -1)}g` : `${sealed.slice(0, -1)}A`;
  await expect(sealer.open("user-2", sealed)).rejects.toThrow();
  await expect(sealer.open("user-1", flipped)).rejects.toThrow();
  await expect(sealer.open("user-1", "kms.AAAA")).rejects.toThrow("key file");
  await expect(sealerWith(randomBytes(32)).open("user-1", sealed)).rejects.toThrow();
});

test("a key that is not 32 bytes is refused", async () => {
  await expect(sealerWith(randomBytes(16)).seal("user-1", "x")).rejects.toThrow("32 bytes");
});
