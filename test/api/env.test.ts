import { expect, test } from "vitest";
import { type Environment, readSettings } from "../../api/env.ts";

const supplied: Environment = {
  STACK_ENVIRONMENT: "local",
  CODE_VERSION: "c1",
  MIGRATION_HASH: "m1",
  MASTER_HOST: "127.0.0.1",
  MASTER_PORT: "5432",
  MASTER_DATABASE: "part_lens_master",
  DATABASE_POOL_MAX: "2",
  JWT_ISSUER: "https://issuer.test",
  JWT_AUDIENCE: "part-lens",
  JWKS: "file:///tmp/jwks.json",
  FLAG_DOCUMENT: "a/e/p",
  KILL_SWITCH: "a/k/p",
  FLAG_POLL_SECONDS: "0",
  SIGNER_KEY: "arn:aws:kms:eu-west-1:000000000000:key/1",
  BUCKETS: JSON.stringify({ "pms-part-photos": "p", "pms-receiving-images": "r", "pms-label-pdfs": "l" }),
  SESSION_ROLE: "arn:aws:iam::000000000000:role/session",
  DEADLINE_MILLISECONDS: "8000",
};

test("a complete environment is read, numbers as numbers", () => {
  const settings = readSettings({ ...supplied, AWS_REGION: "eu-west-1" });
  expect(settings).toMatchObject({ MASTER_PORT: 5432, FLAG_POLL_SECONDS: 0, DEADLINE_MILLISECONDS: 8000 });
});

test.each(["https://id.test/jwks.json", "file:///tmp/jwks.json", "data:application/json;base64,e30="])(
  "the key set may be at %s",
  (JWKS) => {
    expect(readSettings({ ...supplied, JWKS, AWS_REGION: "eu-west-1" })).toMatchObject({ JWKS });
  },
);

test("proxies are a table of addresses, and none where the variable is not there", () => {
  const read = (more: object) => readSettings({ ...supplied, ...more, AWS_REGION: "eu-west-1" });
  expect(read({}).DATABASE_PROXIES).toEqual({});
  expect(read({ DATABASE_PROXIES: '{"cluster":"proxy"}' }).DATABASE_PROXIES).toEqual({ cluster: "proxy" });
  expect(() => read({ DATABASE_PROXIES: "cluster=proxy" })).toThrow("DATABASE_PROXIES: must be JSON");
});

test("all problems are named in one message", () => {
  const broken = {
    ...supplied,
    MASTER_PORT: "x",
    JWKS: "http://insecure.test",
    FLAG_DOCUMENT: "a/b",
    SIGNER_KEY: "",
    BUCKETS: '{"pms-part-photos":"p"}',
  };
  const problems = ["MASTER_PORT", "JWKS", "FLAG_DOCUMENT", "SIGNER_KEY", "BUCKETS", "AWS_REGION"];
  for (const problem of problems) expect(() => readSettings(broken)).toThrow(problem);
});
