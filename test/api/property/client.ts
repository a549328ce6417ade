/** A client that repeats a request, with the same key, until it knows what became of it. */
import type { Seeded } from "../../../infra/local/rehearsal/seeded.ts";
import { yachts } from "../../support/fleet.ts";
import type { Answered, TestApi } from "../harness.ts";
import type { Chaos } from "./chaos.ts";
import type { Mutation } from "./requests.ts";

type Result = Readonly<Record<string, unknown>>;

/** `accepted`: it took effect, with this result. `refused`: it did not. `unknown`: without a key nobody can tell. */
export interface Ended {
  readonly mutation: Mutation;
  readonly requestIds: readonly string[];
  readonly outcome: "accepted" | "refused" | "unknown";
  readonly result: Result;
  /** What no client must ever see. */
  readonly wrong: readonly string[];
}

export interface Reach {
  readonly api: TestApi;
  readonly chance: Seeded;
  readonly chaos: Pick<Chaos, "strike">;
  /** The share of answers that never arrive. */
  readonly lost: number;
}

const refusals = new Set(["insufficient_stock", "deactivated_stock"]);
/** Nothing is known to have happened: to be tried again. */
const again = new Set(["dependency_unavailable", "deadline_exceeded", "version_not_enabled"]);
const mostTries = 60;

/** By v1's own route, v2's router or the lens: all three are one request when the key is one. */
async function send(api: TestApi, chance: Seeded, mutation: Mutation, requestId: string): Promise<Answered> {
  const { yacht, role, part, action, payload, key } = mutation;
  const part_id = api.postgres.partIds[yacht][part];
  const headers = { "x-request-id": requestId };
  const asked = { as: [yacht, role] as const, headers };
  const way = key === undefined ? "v1" : chance.pick(["v1", "v2", "lens", "lens"]);
  const { location, signature: _, quantity_received, ...rest } = payload;
  if (way === "v1" && location === undefined) {
    const path = `/v1/parts/${part_id}/${action.replace(/_(part|stock_quantity)$/, "").replace("_", "-")}`;
    const quantity = quantity_received ?? rest.quantity;
    const body = { ...rest, ...(quantity !== undefined && { quantity }), yacht_id: yachts[yacht] };
    return api.ask(path, { ...asked, body: { ...body, idempotency_key: key } });
  }
  const body = { action, context: { yacht_id: yachts[yacht] }, payload: { ...payload, part_id } };
  const prefix = way === "v2" ? "/v2" : "";
  return api.ask(`${prefix}/actions/execute`, { ...asked, body: { ...body, idempotency_key: key } });
}

/** What an answer says has become of the request; undefined: not known, try again. */
function readAnswer({ status, body }: Answered): Pick<Ended, "outcome" | "result"> | undefined {
  const code = String(body.code);
  if (status === 200) return { outcome: "accepted", result: body };
  if (code === "duplicate_idempotency_key") return { outcome: "accepted", result: body.result as Result };
  if (refusals.has(code)) return { outcome: "refused", result: body };
  return undefined;
}

function isWrong(answered: Answered): boolean {
  const { status, body, headers } = answered;
  if (readAnswer(answered)) return false;
  return !again.has(String(body.code)) || (status === 503 && Number(headers.get("retry-after")) <= 0);
}

export async function carryOut({ api, chance, chaos, lost }: Reach, mutation: Mutation): Promise<Ended> {
  const requestIds: string[] = [];
  const wrong: string[] = [];
  for (let tries = 0; tries < mostTries; tries++) {
    const requestId = `request-${String(mutation.key ?? chance.next()).replaceAll(/[^A-Za-z0-9]/g, "-")}-${tries}`;
    requestIds.push(requestId);
    chaos.strike();
    const answered = await send(api, chance, mutation, requestId);
    if (isWrong(answered)) wrong.push(`${answered.status} ${answered.text} ${failureOf(api, requestId)}`);
    const known = chance.next() < lost ? undefined : readAnswer(answered);
    if (known || wrong.length > 0) {
      return { mutation, requestIds, outcome: "refused", result: {}, ...known, wrong };
    }
    if (mutation.key === undefined) break;
  }
  const givenUp = mutation.key === undefined ? [] : [`no answer after ${mostTries} tries`];
  return { mutation, requestIds, outcome: "unknown", result: {}, wrong: givenUp };
}

const failureOf = (api: TestApi, requestId: string) =>
  api.lines.find((line) => line.includes(requestId) && line.includes("failure")) ?? "";
