import { describe, expect, it } from "vitest";
import { identityAllows } from "../../../../infra/local/services/identity-policy.ts";

const statement = (more: object = {}) => ({
  Effect: "Allow",
  Action: "s3:GetObject",
  Resource: "arn:aws:s3:::b/${aws:PrincipalTag/yacht_id}/*",
  ...more,
});
const document = (...statements: object[]) => JSON.stringify({ Statement: statements });
const request = (more: object = {}) => ({
  action: "s3:GetObject",
  resource: "arn:aws:s3:::b/y1/photo",
  tags: { yacht_id: "y1" },
  ...more,
});
const allows = (document: string, more: object = {}) => identityAllows([document], request(more));

describe("a role's own policies", () => {
  it("allow what an Allow names, and nothing without one", () => {
    expect(allows(document(statement()))).toBe(true);
    expect(identityAllows([], request())).toBe(false);
    expect(allows(document(statement()), { action: "s3:GetObjectVersion" })).toBe(false);
    expect(allows(document(statement({ Action: ["s3:Get*"] })), { action: "s3:GetObjectVersion" })).toBe(
      true,
    );
  });

  it("put the session's tag into the resource as text: its signs are no wildcards", () => {
    expect(allows(document(statement()), { resource: "arn:aws:s3:::b/y2/photo" })).toBe(false);
    expect(allows(document(statement()), { tags: {} })).toBe(false);
    expect(allows(document(statement()), { tags: { yacht_id: "*" } })).toBe(false);
    expect(allows(document(statement()), { tags: { yacht_id: "y." } })).toBe(false);
  });

  it("refuse what a Deny names, whatever else allows it", () => {
    const deny = statement({ Effect: "Deny", Action: "*", Resource: "*" });
    expect(identityAllows([document(statement()), document(deny)], request())).toBe(false);
  });

  it("ask every condition: an absent key does not match", () => {
    const listing = statement({
      Condition: { StringLike: { "s3:prefix": "${aws:PrincipalTag/yacht_id}/*" } },
    });
    expect(allows(document(listing), { context: { "s3:prefix": "y1/parts" } })).toBe(true);
    expect(allows(document(listing), { context: { "s3:prefix": "y1" } })).toBe(false);
    expect(allows(document(listing))).toBe(false);
    const exact = statement({ Condition: { StringEquals: { "s3:prefix": "y1/*" } } });
    expect(allows(document(exact), { context: { "s3:prefix": "y1/*" } })).toBe(true);
    expect(allows(document(exact), { context: { "s3:prefix": "y1/p" } })).toBe(false);
  });

  it("are read to the caller's disadvantage where a condition is not known here, or nothing can be read", () => {
    const Condition = { NumericLessThan: { "s3:max-keys": "10" } };
    expect(allows(document(statement({ Condition })))).toBe(false);
    const deny = statement({ Effect: "Deny", Condition });
    expect(allows(document(statement(), deny))).toBe(false);
    expect(allows("not JSON")).toBe(false);
  });
});
