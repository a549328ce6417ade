import { describe, expect, it } from "vitest";
import { policyAllows } from "../../../../infra/local/services/resource-policy.ts";

const role = "arn:aws:iam::000000000000:role/api";
const allow = { Effect: "Allow", Principal: { AWS: role }, Action: "sts:AssumeRole" };
const allows = (...statements: object[]) =>
  policyAllows(JSON.stringify({ Statement: statements }), role, "sts:AssumeRole");

describe("a resource's policy", () => {
  it.each([
    ["the principal and action by name", allow, true],
    ["one of several principals", { ...allow, Principal: { AWS: ["arn:x", role] } }, true],
    ["everyone", { ...allow, Principal: "*" }, true],
    ["the account", { ...allow, Principal: { AWS: "arn:aws:iam::000000000000:root" } }, true],
    ["all actions of the service", { ...allow, Action: ["sts:*"] }, true],
    ["another principal", { ...allow, Principal: { AWS: "arn:aws:iam::000000000000:role/other" } }, false],
    ["a service", { ...allow, Principal: { Service: "lambda.amazonaws.com" } }, false],
    ["another action", { ...allow, Action: "sts:TagSession" }, false],
  ])("that names %s allows: %s", (_, statement, expected) => expect(allows(statement)).toBe(expected));

  it("lets a Deny win, unless it has a condition", () => {
    expect(allows(allow, { ...allow, Effect: "Deny" })).toBe(false);
    expect(allows(allow, { ...allow, Effect: "Deny", Condition: { Bool: {} } })).toBe(true);
  });

  it("takes the account's statement for its roles, not for a service", () => {
    const account = { ...allow, Principal: { AWS: "arn:aws:iam::000000000000:root" }, Action: "sns:Publish" };
    const document = JSON.stringify({ Statement: [account] });
    expect(policyAllows(document, "cloudwatch.amazonaws.com", "sns:Publish")).toBe(false);
  });

  it.each(["", "{}", "[]", '{"Statement":"all"}'])("that cannot be read, %j, allows nothing", (document) => {
    expect(policyAllows(document, role, "sts:AssumeRole")).toBe(false);
  });
});
