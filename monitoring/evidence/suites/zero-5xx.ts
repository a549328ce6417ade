import { randomUUID } from "node:crypto";
import type { AcceptanceCase, AcceptanceRequest } from "../acceptance-case.ts";
import type { World } from "../world.ts";

const sent = (body: unknown): AcceptanceRequest => ({ method: "POST", path: "/v2/actions/execute", body });
const view = (world: World) => world.execute("view_part_details");
const consume = (payload: Readonly<Record<string, unknown>>) => (world: World) =>
  world.execute("consume_part", payload);

/** What a client can get wrong: each has its own 4xx, and nothing of it is an error of ours. */
export const zero5xxCases = [
  { name: "no token", as: "nobody", request: view, expected: { status: 401, code: "unauthenticated" } },
  {
    name: "a token nobody has signed",
    as: "impostor",
    request: view,
    expected: { status: 401, code: "unauthenticated" },
  },
  {
    name: "a body that is no JSON",
    as: "hod",
    request: () => sent('{"action":'),
    expected: { status: 400, code: "malformed_body" },
  },
  {
    name: "a body that is a list",
    as: "hod",
    request: () => sent("[]"),
    expected: { status: 400, code: "malformed_body" },
  },
  {
    name: "a body of another type",
    as: "hod",
    request: (world) => ({ ...view(world), contentType: "text/plain" }),
    expected: { status: 415, code: "unsupported_media_type" },
  },
  {
    name: "a body that is too large",
    as: "hod",
    request: consume({ quantity: 1, notes: "x".repeat(70_000) }),
    expected: { status: 413, code: "body_too_large" },
  },
  {
    name: "a yacht that is no UUID",
    as: "hod",
    request: () => sent({ action: "view_low_stock", context: { yacht_id: "Meltemi" }, payload: {} }),
    expected: { status: 400, code: "invalid_request" },
  },
  {
    name: "no yacht at all",
    as: "hod",
    request: () => sent({ action: "view_low_stock", payload: {} }),
    expected: { status: 400, code: "invalid_request" },
  },
  {
    name: "another yacht",
    as: "hod",
    request: ({ identities }) =>
      sent({ action: "view_low_stock", context: { yacht_id: identities.foreign.yachtId }, payload: {} }),
    expected: { status: 403, code: "not_a_member" },
  },
  {
    name: "an action that there is not",
    as: "hod",
    request: (world) => world.execute("launch_tender"),
    expected: { status: 404, code: "action_not_available" },
  },
  {
    name: "an action named like a property of every object",
    as: "hod",
    request: (world) => world.execute("constructor"),
    expected: { status: 404, code: "action_not_available" },
  },
  {
    name: "a part that there is not",
    as: "hod",
    request: (world) => world.execute("view_part_details", { part_id: randomUUID() }),
    expected: { status: 404, code: "part_not_found" },
  },
  {
    name: "a field that is not known",
    as: "hod",
    request: consume({ quantity: 1, colour: "red" }),
    expected: { status: 400, code: "invalid_payload" },
  },
  {
    name: "a quantity that is a text",
    as: "hod",
    request: consume({ quantity: "1" }),
    expected: { status: 400, code: "invalid_payload" },
  },
  {
    name: "a quantity below zero",
    as: "hod",
    request: consume({ quantity: -1 }),
    expected: { status: 400, code: "invalid_payload" },
  },
  {
    name: "a quantity beyond all bounds",
    as: "hod",
    request: consume({ quantity: 1e300 }),
    expected: { status: 400, code: "invalid_payload" },
  },
  {
    name: "a text with a NUL",
    as: "hod",
    request: consume({ quantity: 1, notes: "a\u0000b" }),
    expected: { status: 400, code: "invalid_payload" },
  },
  {
    name: "more than there is",
    as: "hod",
    request: consume({ quantity: 999_999_999 }),
    expected: { status: 409, code: "insufficient_stock" },
  },
  {
    name: "an action of a higher role",
    as: "crew",
    request: consume({ quantity: 1 }),
    expected: { status: 403, code: "role_not_allowed" },
  },
  {
    name: "a route that there is not",
    as: "hod",
    request: () => ({ method: "GET", path: "/v2/no-such-route" }),
    expected: { status: 404, code: "route_not_found" },
  },
  {
    name: "a query that is not known",
    as: "hod",
    request: ({ identities }) => ({
      method: "GET",
      path: `/v2/parts/low-stock?yacht_id=${identities.yacht.id}&threshold_percent=many`,
    }),
    expected: { status: 400, code: "invalid_request" },
  },
] as const satisfies readonly AcceptanceCase[];
