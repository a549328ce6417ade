import { X509Certificate } from "node:crypto";
import { rootCertificates } from "node:tls";
import { describe, expect, test } from "vitest";
import { connection } from "../../../api/database/connection.ts";
import { passwordIn } from "../../../api/database/password-file.ts";
import { scopeOf } from "../../../api/database/scope.ts";
import { isDatabaseDown, sqlErrorName } from "../../../api/database/sqlstate.ts";

const target = { host: "db.example", port: 5432, database: "part_lens_master" };

describe("a connection", () => {
  test("is made with TLS and the server's name verified, unless told otherwise", () => {
    expect(connection(target, "part_lens_api", {}).ssl).toMatchObject({ rejectUnauthorized: true });
    expect(connection(target, "part_lens_api", { PGSSLMODE: "disable" }).ssl).toBe(false);
  });

  test.each(["eu-west-1", "eu-central-1", "us-east-1", "ap-southeast-2"])(
    "knows the authority that signs the certificates of clusters in %s, which came with the code",
    (region) => {
      const { ca } = connection(target, "part_lens_api", {}).ssl as { ca: string[] };
      const authorities = ca.map((text) => new X509Certificate(text));
      const own = authorities.filter(({ subject }) =>
        subject.includes(`CN=Amazon RDS ${region} Root CA RSA2048 G1`),
      );
      expect(own.map(({ validTo }) => Date.parse(validTo) > Date.now())).toEqual([true]);
    },
  );

  test("knows the public authorities, by one of which a proxy's certificate is signed, and others only by a file", () => {
    const { ca } = connection(target, "part_lens_api", {}).ssl as { ca: string[] };
    expect(ca).toEqual(expect.arrayContaining([...rootCertificates]));
    expect(connection(target, "part_lens_api", { RDS_CA_FILE: import.meta.filename }).ssl).toMatchObject({
      ca: expect.stringContaining("knows the public authorities"),
    });
  });

  test("takes an IAM token for that role and server as its password", async () => {
    const old = { ...process.env };
    Object.assign(process.env, { AWS_ACCESS_KEY_ID: "AKIAEXAMPLE", AWS_SECRET_ACCESS_KEY: "secret" });
    try {
      const { password } = connection(target, "part_lens_api", { AWS_REGION: "eu-west-1" });
      const token = await (password as () => Promise<string>)();
      expect(token).toMatch(/^db\.example:5432\/\?.*Action=connect.*DBUser=part_lens_api/);
    } finally {
      process.env = old;
    }
  });

  test("says which line a password file lacks", async () => {
    const { password } = connection(target, "part_lens_api", { PGPASSFILE: "/dev/null" });
    await expect((password as () => Promise<string>)()).rejects.toThrow(
      "no line for part_lens_api on db.example:5432/part_lens_master",
    );
  });
});

describe("a password file", () => {
  const text = [
    "# ours",
    "db.example:5432:other:part_lens_api:no",
    "*:*:*:part_lens_api:a\\:b\\\\c",
    "*:*:*:*:last",
    "",
  ].join("\n");

  test("gives the first line that fits, its escapes undone", () => {
    expect(passwordIn(text, target, "part_lens_api")).toBe("a:b\\c");
    expect(passwordIn(text, { ...target, database: "other" }, "part_lens_api")).toBe("no");
    expect(passwordIn(text, target, "somebody")).toBe("last");
    expect(passwordIn("x:1:y:z:p", target, "somebody")).toBeUndefined();
  });
});

describe("an error of the database", () => {
  const failure = (code: string | undefined, message = "x") => Object.assign(new Error(message), { code });

  test("of our own has its name", () => {
    expect(sqlErrorName(failure("PL002"))).toBe("insufficient_stock");
    expect(sqlErrorName(failure("23505"))).toBeUndefined();
    expect(sqlErrorName("PL002")).toBeUndefined();
  });

  test.each(["53300", "57P01", "08006", "ECONNREFUSED", "ECONNRESET"])("%s means that it is down", (code) => {
    expect(isDatabaseDown(failure(code))).toBe(true);
  });

  test("means that it is down when node-postgres only says so", () => {
    expect(isDatabaseDown(failure(undefined, "Connection terminated unexpectedly"))).toBe(true);
  });

  test.each(["PL002", "42501", "23514", "28P01", undefined])("%s does not", (code) => {
    expect(isDatabaseDown(failure(code))).toBe(false);
  });
});

describe("a scope", () => {
  const least = { userId: "u", yachtId: "y", role: "crew", version: "v1", requestId: "r" } as const;

  test("holds what is known and leaves out the rest", () => {
    expect(scopeOf(least)).toEqual({
      user_id: "u",
      yacht_id: "y",
      role: "crew",
      version: "v1",
      request_id: "r",
    });
    expect(scopeOf({ ...least, idempotencyKey: "k", payloadSha256: "p", executionId: "e" })).toMatchObject({
      idempotency_key: "k",
      payload_sha256: "p",
      execution_id: "e",
    });
  });
});
