import { expect, test } from "vitest";
import type { ApiRequest } from "../../../infra/local/rehearsal/api-request.ts";
import type { Answer } from "../../../infra/local/rehearsal/driver.ts";
import { Observations } from "../../../infra/local/rehearsal/observations.ts";

const request = (changes: Partial<ApiRequest> = {}): ApiRequest => ({
  id: "request-1",
  yachtId: "yacht-1",
  userId: "user-1",
  role: "bosun",
  kind: "receive",
  method: "POST",
  path: "/actions/execute",
  body: { action: "receive_part", context: { yacht_id: "yacht-1" }, payload: {}, idempotency_key: "k" },
  expected: [200],
  ...changes,
});

const answer = (changes: Partial<Answer> = {}): Answer => ({
  requestId: "request-1",
  status: 200,
  version: "v2",
  milliseconds: 12,
  body: { transaction_id: "t-1" },
  ...changes,
});

test("a success is remembered by its transaction, a failed mutation as one that may have been done", () => {
  const seen = new Observations();
  seen.add(request(), answer(), 1_000, false);
  seen.add(request({ id: "request-2" }), answer({ status: 0, version: undefined, body: {} }), 2_000, true);
  expect([...seen.accepted]).toEqual(["t-1"]);
  expect([...seen.unanswered]).toEqual(["request-2"]);
});

test("an answer that is wrong is a surprise, unless something is broken on purpose", () => {
  const seen = new Observations();
  seen.add(request(), answer({ status: 403, body: { code: "forbidden_role" } }), 1_000, false);
  seen.add(request(), answer({ status: 500, body: {} }), 1_000, true);
  expect(seen.surprises).toEqual([expect.objectContaining({ status: 403, code: "forbidden_role" })]);
});

test("a minute's figures are by version, with 5xx and lost answers as errors, and start anew", () => {
  const seen = new Observations();
  seen.add(request(), answer(), 1_000, false);
  seen.add(request(), answer({ status: 500, milliseconds: 700 }), 1_000, true);
  seen.add(request(), answer({ status: 409, version: "v1" }), 1_000, true);
  const minute = seen.takeMinute();
  expect(minute.v2).toMatchObject({ requests: 2, errors: 1, slow: 1, p95: 700, p99: 700 });
  expect(minute.v1).toMatchObject({ requests: 1, errors: 0 });
  expect(seen.takeMinute().v2).toMatchObject({ requests: 0, p95: 0 });
});

test("the exposure is the share of yachts whose last answer came from v2", () => {
  const seen = new Observations();
  seen.add(request(), answer(), 1_000, false);
  seen.add(request({ yachtId: "yacht-2" }), answer(), 1_000, false);
  seen.add(request({ yachtId: "yacht-2" }), answer({ version: "v1" }), 2_000, false);
  expect(seen.shareOfYachts(["yacht-1", "yacht-2"], 0)).toBe(0.5);
  expect(seen.shareOfYachts(["yacht-1", "yacht-2"], 1_500)).toBe(0);
  expect(seen.lastOfV2).toBe(1_000);
});
