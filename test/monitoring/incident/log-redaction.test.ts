import { describe, expect, it } from "vitest";
import { redactedLine } from "../../../monitoring/incident/log-redaction.ts";

describe("a redacted line", () => {
  it.each([
    ["a token", "authorization: Bearer eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJ1In0.c2lnbmF0dXJl", /eyJ/],
    ["a basic credential", "Authorization: Basic dXNlcjpwYXNzd29yZA==", /dXNlc/],
    ["a signed URL", "GET /x?X-Amz-Signature=0f3c9a&X-Amz-Credential=ASIAX%2Feu&a=1", /0f3c9a|ASIAX/],
    ["a PIN and a code", '{"signature":{"pin":"4711","totp":"123456"}}', /4711|123456/],
    ["a PIN in JSON within JSON", String.raw`{"failure":"{\"pin\":\"4711\"}"}`, /4711/],
    ["a password in a text", "password=hunter2 and more", /hunter2/],
    ["a connection string", "postgres://api:hunter2@db.example/x", /hunter2/],
    ["a client secret", '{"clientSecret":"s3cr3t"}', /s3cr3t/],
  ])("shows no %s", (_, line, secret) => {
    expect(line).toMatch(secret);
    expect(redactedLine(line)).not.toMatch(secret);
    expect(redactedLine(line)).toContain("[redacted]");
  });

  it("keeps what else a line says", () => {
    const line =
      '{"requestId":"0b1c","action":"consume_part","status":500,"flagHash":"abc","error":"internal_error"}';
    expect(redactedLine(line)).toBe(line);
  });
});
