/** One request of the rehearsal to the lens: who asks for what, and which answers are right. */
import type { Role } from "../../../api/roles.ts";
import { type FleetPart, type FleetUser, isCounted } from "./fleet.ts";
import { type Seeded, seededUuid } from "./seeded.ts";

/** What a request is about; `share` in percent of all. */
export const requestKinds = {
  view: { share: 43 },
  lowStock: { share: 19.5 },
  receive: { share: 17 },
  consume: { share: 16 },
  insufficient: { share: 1.5 },
  refused: { share: 1 },
  unknown: { share: 1 },
  replay: { share: 1 },
} as const satisfies Record<string, { share: number }>;

export type RequestKind = keyof typeof requestKinds | "adjust" | "extra";

/** What can be drawn by itself; a replay repeats an earlier receive. */
export type DrawnKind = Exclude<RequestKind, "replay" | "adjust" | "extra">;

/** The part of a yacht's inventory that the traffic needs. */
export type TrafficPart = Pick<FleetPart, "yachtId" | "unit" | "department" | "stock"> & {
  readonly partId: string;
};

export interface ActionBody {
  readonly action: string;
  readonly context: { readonly yacht_id: string };
  readonly payload: Readonly<Record<string, unknown>>;
  readonly idempotency_key?: string;
}

/** What a route of one version takes. */
export interface PlainBody {
  readonly yacht_id: string;
  readonly idempotency_key?: string;
  readonly [field: string]: unknown;
}

/** A request to the lens: the routes without a version; those that are asked besides may name one. */
export interface ApiRequest {
  /** Fit for `x-request-id`. */
  readonly id: string;
  readonly yachtId: string;
  readonly userId: string;
  readonly role: Role;
  readonly kind: RequestKind;
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly body?: ActionBody | PlainBody;
  /** The statuses that are a right answer when nothing is broken. */
  readonly expected: readonly number[];
}

/** The request of that kind, drawn by chance among the yacht's users and parts. */
export function drawRequest(kind: DrawnKind, draw: Draw): ApiRequest {
  const { userId, role } = draw.chance.pick(draw.users.filter((user) => mayAsk[kind](user.role)));
  return { id: draw.id, yachtId: draw.yachtId, userId, role, kind, ...shapes[kind](draw) };
}

const anyone = () => true;
const handlesStock = (role: Role) => !["crew", "steward", "purser"].includes(role);

/** Who asks. Source: domain.md, "Actions". */
const mayAsk = {
  view: anyone,
  lowStock: anyone,
  receive: handlesStock,
  consume: handlesStock,
  insufficient: handlesStock,
  refused: (role) => role === "crew",
  unknown: anyone,
} as const satisfies Record<DrawnKind, (role: Role) => boolean>;

export interface Draw {
  readonly id: string;
  readonly yachtId: string;
  readonly chance: Seeded;
  readonly users: readonly FleetUser[];
  readonly parts: readonly TrafficPart[];
}

type Shape = Pick<ApiRequest, "method" | "path" | "body" | "expected">;

const shapes = {
  view: (draw) => action(draw, "view_part_details", { part_id: draw.chance.pick(draw.parts).partId }, [200]),
  lowStock,
  receive: (draw) => {
    const part = draw.chance.pick(draw.parts);
    const payload = { part_id: part.partId, quantity_received: smallQuantity(part, draw.chance) };
    return action(draw, "receive_part", payload, [200], draw.id);
  },
  consume: (draw) => {
    const part = draw.chance.pick(wellStocked(draw.parts));
    const payload = { part_id: part.partId, quantity: smallQuantity(part, draw.chance) };
    return action(draw, "consume_part", payload, [200, 409], draw.id);
  },
  insufficient: (draw) => {
    const payload = { part_id: draw.chance.pick(draw.parts).partId, quantity: 100_000 };
    return action(draw, "consume_part", payload, [409], draw.id);
  },
  refused: (draw) => {
    const payload = { part_id: draw.chance.pick(draw.parts).partId, quantity: 1 };
    return action(draw, "consume_part", payload, [403], draw.id);
  },
  unknown: (draw) =>
    action(draw, "view_part_details", { part_id: seededUuid(draw.id, "no such part") }, [404]),
} as const satisfies Record<DrawnKind, (draw: Draw) => Shape>;

function lowStock(draw: Draw): Shape {
  const department = draw.chance.next() < 0.25 ? draw.chance.pick(draw.parts).department : null;
  if (draw.chance.next() < 0.5)
    return action(draw, "view_low_stock", department ? { department } : {}, [200]);
  const query = new URLSearchParams({ yacht_id: draw.yachtId, ...(department ? { department } : {}) });
  return { method: "GET", path: `/parts/low-stock?${query}`, expected: [200] };
}

function action(
  { yachtId }: Pick<Draw, "yachtId">,
  name: string,
  payload: Readonly<Record<string, unknown>>,
  expected: readonly number[],
  key?: string,
): Shape {
  const body = {
    action: name,
    context: { yacht_id: yachtId },
    payload,
    ...(key ? { idempotency_key: key } : {}),
  };
  return { method: "POST", path: "/actions/execute", body, expected };
}

/** Consumption comes from what is plentiful, so that running out stays rare; a yacht with little uses what it has. */
function wellStocked(parts: readonly TrafficPart[]): readonly TrafficPart[] {
  const plenty = parts.filter(({ stock }) => stock >= 4);
  const some = plenty.length > 0 ? plenty : parts.filter(({ stock }) => stock > 0);
  return some.length > 0 ? some : parts;
}

function smallQuantity(part: TrafficPart, chance: Seeded): number {
  return isCounted(part.unit) ? chance.between(1, 2) : chance.between(1, 5) / 2;
}

export interface Adjustment {
  readonly signer: FleetUser;
  readonly partId: string;
  readonly newQuantity: number;
  readonly signature: { readonly pin: string; readonly totp: string };
  /** Makes the request's id and key its own. */
  readonly name: string;
}

/** A signed correction of the stock by a captain; sent outside the plan, no more often than real TOTP steps allow. */
export function adjustRequest({ signer, partId, newQuantity, signature, name }: Adjustment): ApiRequest {
  const id = seededUuid("adjust", signer.userId, name);
  const payload = { part_id: partId, new_quantity: newQuantity, reason: "Counted on board", signature };
  return {
    id,
    ...signer,
    kind: "adjust",
    ...action(signer, "adjust_stock_quantity", payload, [200], id),
  };
}
