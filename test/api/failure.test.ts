import { expect, test } from "vitest";
import { apiErrorOf } from "../../api/failure.ts";

test.each([
  ["PL001", 404, "part_not_found"],
  ["PL003", 409, "deactivated_stock"],
  ["PL005", 409, "idempotency_key_reused"],
  ["PL006", 400, "same_location"],
  ["22P02", 400, "invalid_payload"],
  ["57014", 504, "deadline_exceeded"],
  ["57P01", 503, "dependency_unavailable"],
  ["53300", 503, "dependency_unavailable"],
  ["08006", 503, "dependency_unavailable"],
  ["ECONNREFUSED", 503, "dependency_unavailable"],
  ["42501", 500, "internal_error"],
  ["42P01", 500, "internal_error"],
  ["23514", 500, "internal_error"],
])("%s is answered %i %s", (code, status, name) => {
  const answered = apiErrorOf(Object.assign(new Error("x"), { code }));
  expect([answered.status, answered.code]).toEqual([status, name]);
});

test("what is down is worth another try, what is broken is not", () => {
  expect(apiErrorOf(Object.assign(new Error("x"), { code: "ECONNRESET" })).retryAfterSeconds).toBeGreaterThan(
    0,
  );
  expect(apiErrorOf(new TypeError("x")).retryAfterSeconds).toBeUndefined();
});

test("the details of a business error come from the database, the message never does", () => {
  const raised = Object.assign(new Error("secret table names"), {
    code: "PL002",
    detail: '{"available":1,"requested":2}',
  });
  const answered = apiErrorOf(raised);
  expect(answered.details).toEqual({ available: 1, requested: 2 });
  expect(answered.message).not.toContain("secret");
});
