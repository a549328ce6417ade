/** Random mutations of few parts by many roles, as requests of every route that mutates. */
import type { Seeded } from "../../../infra/local/rehearsal/seeded.ts";
import type { PartKey, Role, YachtName } from "../../support/fleet.ts";

export interface Mutation {
  readonly yacht: YachtName;
  readonly role: Role;
  readonly part: PartKey;
  readonly action: string;
  /** The canonical router's payload, without part_id. */
  readonly payload: Readonly<Record<string, unknown>>;
  /** Left out: v1 without a key. Such a request is sent once. */
  readonly key?: string;
}

const signers = ["chief_engineer", "captain", "manager"] as const satisfies Role[];
const keepers = ["deckhand", "bosun", "eto", "chief_officer", ...signers] as const satisfies Role[];
const movers = ["bosun", "eto", "chief_officer", ...signers] as const satisfies Role[];
const places = ["Engine room", "Lazarette", "Bosun store"];

type Make = (chance: Seeded) => {
  readonly roles: readonly Role[];
  readonly payload: Mutation["payload"];
};

const signature = { pin: "271828", totp: "000000" };

/** By action; the last two only where the catalogue has them. */
const kinds: Readonly<Record<string, Make>> = {
  receive_part: (chance) => ({
    roles: keepers,
    payload: {
      quantity_received: chance.between(1, 4),
      ...(chance.next() < 0.3 && { location: chance.pick(places) }),
    },
  }),
  consume_part: (chance) => ({ roles: keepers, payload: { quantity: chance.between(1, 6) } }),
  adjust_stock_quantity: (chance) => ({
    roles: signers,
    payload: { new_quantity: chance.between(0, 12), reason: "count", signature },
  }),
  transfer_part: (chance) => {
    const [from_location, to_location] = chance.shuffled(places);
    return { roles: movers, payload: { quantity: chance.between(1, 3), from_location, to_location } };
  },
  write_off_part: (chance) => ({
    roles: signers,
    payload: { quantity: chance.between(1, 3), reason: "broken", signature },
  }),
};

interface Choice {
  readonly actions: readonly string[];
  readonly parts: readonly PartKey[];
}

/** Receive and consume come twice as often. */
export function randomMutation(chance: Seeded, { actions, parts }: Choice, key: string): Mutation {
  const known = Object.keys(kinds).filter((name) => actions.includes(name));
  const action = chance.pick([...known, "receive_part", "consume_part"]);
  const { roles, payload } = kinds[action]!(chance);
  return {
    yacht: chance.pick(["aurora", "aurora", "borealis", "calypso"] as const),
    role: chance.pick(roles),
    part: chance.pick(parts),
    action,
    payload,
    ...((action === "receive_part" || chance.next() < 0.85) && { key }),
  };
}

/** What the ledger's sum moves by when the request takes effect. `result`: what the API answered. */
export function effectOf({ action, payload }: Mutation, result: Readonly<Record<string, unknown>>): number {
  switch (action) {
    case "receive_part":
      return Number(payload.quantity_received);
    case "consume_part":
    case "write_off_part":
      return -Number(payload.quantity);
    case "transfer_part":
      return 0;
    default:
      return Number(result.adjustment);
  }
}
