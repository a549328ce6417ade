/**
 * The traffic of a rehearsal as a schedule: pure, seeded, the same for every yacht whatever version serves it.
 * Random choice would miss the 299 samples that prove an error rate below 1 % in half of all runs,
 * so every yacht gets its requests dealt: so many a minute, in 10 s slots.
 */
import type { Judged } from "../../../flags/plan.ts";
import {
  type ApiRequest,
  type DrawnKind,
  drawRequest,
  requestKinds,
  type TrafficPart,
} from "./api-request.ts";
import type { FleetUser } from "./fleet.ts";
import { Seeded, seededUuid } from "./seeded.ts";

/** Requests per yacht and virtual minute. Source: the sample sizes of the gates, see `flags/plan.ts`. */
export const requestsPerMinute = {
  off: 3,
  hold: 3,
  "canary-5": 6,
  "ramp-20": 3,
  "ramp-50": 3,
  "full-100": 0.25,
  // Seven days: 20 yachts bring 15,500 requests, and no quarter of an hour is silent.
  "production-ready": 1 / 13,
} as const satisfies Record<Judged | "hold", number>;

export type TrafficStage = keyof typeof requestsPerMinute;

export const slotsPerMinute = 6;

export interface TrafficFleet {
  readonly yachts: readonly { readonly id: string }[];
  readonly users: readonly FleetUser[];
  /** Every yacht needs at least one part. */
  readonly parts: readonly TrafficPart[];
}

export interface PlannedRequest extends ApiRequest {
  /** 0…5: the 10 s slot of the minute. */
  readonly slot: number;
  /** 0…59. */
  readonly second: number;
}

/** The minute to plan: counted from 0 in the stage; `attempt` counts the times the stage is entered, from 1. */
export interface PlannedMinute {
  readonly stage: TrafficStage;
  readonly minute: number;
  readonly attempt?: number;
}

export class TrafficPlan {
  readonly #fleet: TrafficFleet;
  readonly #seed: string;
  readonly #users: ReadonlyMap<string, readonly FleetUser[]>;
  readonly #parts: ReadonlyMap<string, readonly TrafficPart[]>;

  /** Throws a RangeError for a yacht without users or parts. */
  constructor(fleet: TrafficFleet, seed: string) {
    this.#fleet = fleet;
    this.#seed = seed;
    this.#users = Map.groupBy(fleet.users, ({ yachtId }) => yachtId);
    this.#parts = Map.groupBy(fleet.parts, ({ yachtId }) => yachtId);
    for (const { id } of fleet.yachts) {
      if (!this.#users.has(id)) throw new RangeError(`yacht ${id} has no users`);
      if (!this.#parts.has(id)) throw new RangeError(`yacht ${id} has no parts`);
    }
  }

  /** The requests of that minute in the order they are sent: by slot, shuffled within it. */
  requestsOf({ stage, minute, attempt = 1 }: PlannedMinute): PlannedRequest[] {
    const visit = `${stage}/${attempt}`;
    const yachts = this.#fleet.yachts.map(({ id }) => id);
    const chance = new Seeded(this.#seed, visit, "minute", minute);
    const places =
      requestsPerMinute[stage] >= 1
        ? dense(yachts, stage, minute, chance)
        : this.#sparse(yachts, visit, stage, minute);
    return Array.from({ length: slotsPerMinute }, (_, slot) => {
      const order = chance.shuffled(places.filter((place) => place.slot === slot));
      return order.map(({ yachtId, index }, position) => ({
        ...this.#requestAt(yachtId, visit, index),
        slot,
        second: slot * 10 + Math.floor((position * 10) / order.length),
      }));
    }).flat();
  }

  /** Each yacht once in every so many minutes, all of a minute in one slot: a burst that an alarm can see. */
  #sparse(yachts: readonly string[], visit: string, stage: TrafficStage, minute: number): Place[] {
    const every = Math.round(1 / requestsPerMinute[stage]);
    const round = Math.floor(minute / every);
    const dealt = new Seeded(this.#seed, visit, "round", round).shuffled(yachts);
    const slot = new Seeded(this.#seed, visit, "slot", minute).between(0, slotsPerMinute - 1);
    return dealt
      .filter((_, position) => position % every === minute % every)
      .map((yachtId) => ({ yachtId, slot, index: round }));
  }

  #requestAt(yachtId: string, visit: string, index: number): ApiRequest {
    const kind = this.#kindAt(yachtId, visit, index);
    if (kind !== "replay") return this.#drawn(kind, yachtId, visit, index);
    const earlier = this.#receiveBefore(yachtId, visit, index);
    if (earlier === undefined) return this.#drawn("receive", yachtId, visit, index);
    const id = seededUuid(this.#seed, visit, yachtId, index);
    // The first may have failed or been refused by a fault; then this one is the first to be done.
    return { ...this.#drawn("receive", yachtId, visit, earlier), id, kind: "replay", expected: [409, 200] };
  }

  #kindAt(yachtId: string, visit: string, index: number): keyof typeof requestKinds {
    const total = Object.values(requestKinds).reduce((sum, { share }) => sum + share, 0);
    let rest = new Seeded(this.#seed, visit, yachtId, "kind", index).next() * total;
    for (const [kind, { share }] of Object.entries(requestKinds)) {
      rest -= share;
      if (rest < 0) return kind as keyof typeof requestKinds;
    }
    return "view";
  }

  #receiveBefore(yachtId: string, visit: string, index: number): number | undefined {
    for (let earlier = index - 1; earlier >= Math.max(0, index - 30); earlier--) {
      if (this.#kindAt(yachtId, visit, earlier) === "receive") return earlier;
    }
    return undefined;
  }

  #drawn(kind: DrawnKind, yachtId: string, visit: string, index: number): ApiRequest {
    return drawRequest(kind, {
      id: seededUuid(this.#seed, visit, yachtId, index),
      yachtId,
      chance: new Seeded(this.#seed, visit, yachtId, "request", index),
      users: this.#users.get(yachtId)!,
      parts: this.#parts.get(yachtId)!,
    });
  }
}

interface Place {
  readonly yachtId: string;
  readonly slot: number;
  /** The how-manieth request of the yacht in this visit of the stage. */
  readonly index: number;
}

/** Dealt over the six slots: with three a minute half of the yachts take the even slots, half the odd ones. */
function dense(yachts: readonly string[], stage: TrafficStage, minute: number, chance: Seeded): Place[] {
  const count = requestsPerMinute[stage];
  const step = slotsPerMinute / count;
  return chance.shuffled(yachts).flatMap((yachtId, position) =>
    Array.from({ length: count }, (_, turn) => ({
      yachtId,
      slot: turn * step + (position % step),
      index: minute * count + turn,
    })),
  );
}
