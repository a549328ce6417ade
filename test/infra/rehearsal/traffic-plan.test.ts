import fc from "fast-check";
import { expect, test } from "vitest";
import { adjustRequest } from "../../../infra/local/rehearsal/api-request.ts";
import { generateFleet } from "../../../infra/local/rehearsal/fleet.ts";
import { seededUuid } from "../../../infra/local/rehearsal/seeded.ts";
import {
  type PlannedRequest,
  requestsPerMinute,
  TrafficPlan,
  type TrafficStage,
} from "../../../infra/local/rehearsal/traffic-plan.ts";

const yachts = Array.from({ length: 20 }, (_, index) => ({
  id: seededUuid("traffic yacht", index),
  name: `M/Y ${index}`,
  tenant: "one",
}));
const generated = generateFleet({ yachts, seed: "traffic" });
const fleet = {
  ...generated,
  parts: generated.parts.map((part) => ({ ...part, partId: seededUuid(part.yachtId, part.externalId) })),
};
const plan = new TrafficPlan(fleet, "traffic");
const denseStages = ["off", "hold", "canary-5", "ramp-20", "ramp-50"] as const satisfies TrafficStage[];

function minutesOf(stage: TrafficStage, minutes: number): PlannedRequest[] {
  return Array.from({ length: minutes }, (_, minute) => plan.requestsOf({ stage, minute })).flat();
}

function countsByYacht(requests: readonly PlannedRequest[]): number[] {
  const byYacht = Map.groupBy(requests, ({ yachtId }) => yachtId);
  return yachts.map(({ id }) => byYacht.get(id)?.length ?? 0);
}

test.each(denseStages)(
  "in %s every yacht asks its full number in every minute, dealt over the slots",
  (stage) => {
    fc.assert(
      fc.property(fc.nat(2000), fc.string(), (minute, seed) => {
        const requests = new TrafficPlan(fleet, seed).requestsOf({ stage, minute });
        const perMinute = requestsPerMinute[stage];
        expect(countsByYacht(requests)).toEqual(yachts.map(() => perMinute));
        for (const slot of [0, 1, 2, 3, 4, 5]) {
          const inSlot = requests.filter((request) => request.slot === slot);
          expect(inSlot).toHaveLength((yachts.length * perMinute) / 6);
          expect(new Set(inSlot.map(({ yachtId }) => yachtId)).size).toBe(inSlot.length);
        }
      }),
      { numRuns: 20 },
    );
  },
);

test("in the 24 h every yacht asks exactly once in every four minutes, a minute's requests in one slot", () => {
  fc.assert(
    fc.property(fc.nat(359), fc.string(), (round, seed) => {
      const seeded = new TrafficPlan(fleet, seed);
      const minutes = [0, 1, 2, 3].map((offset) =>
        seeded.requestsOf({ stage: "full-100", minute: round * 4 + offset }),
      );
      expect(countsByYacht(minutes.flat())).toEqual(yachts.map(() => 1));
      for (const requests of minutes) {
        expect(requests).toHaveLength(5);
        expect(new Set(requests.map(({ slot }) => slot)).size).toBe(1);
      }
    }),
    { numRuns: 30 },
  );
});

test("the gates have their samples: 360, 720 and 1,800 of v2 in the ramps, 7,200 in the 24 h", () => {
  const countOf = (stage: TrafficStage, exposed: number, minutes: number) => {
    const cohort = new Set(yachts.slice(0, exposed).map(({ id }) => id));
    return minutesOf(stage, minutes).filter(({ yachtId }) => cohort.has(yachtId)).length;
  };
  expect(countOf("canary-5", 1, 60)).toBe(360);
  expect(countOf("ramp-20", 4, 60)).toBe(720);
  expect(countOf("ramp-50", 10, 60)).toBe(1800);
  expect(countOf("full-100", 20, 1440)).toBe(7200);
});

test("the same seed gives the same plan, another seed, attempt or minute another", () => {
  const minute = { stage: "ramp-20", minute: 7 } as const;
  expect(new TrafficPlan(fleet, "traffic").requestsOf(minute)).toEqual(plan.requestsOf(minute));
  const ids = (requests: readonly PlannedRequest[]) => requests.map(({ id }) => id);
  for (const other of [
    new TrafficPlan(fleet, "else").requestsOf(minute),
    plan.requestsOf({ ...minute, attempt: 2 }),
    plan.requestsOf({ ...minute, minute: 8 }),
  ]) {
    expect(ids(other)).not.toEqual(ids(plan.requestsOf(minute)));
  }
});

test("no yacht tends to go first in a slot", () => {
  const positions = new Map(yachts.map(({ id }) => [id, [] as number[]]));
  for (let minute = 0; minute < 120; minute++) {
    const bySlot = Map.groupBy(plan.requestsOf({ stage: "ramp-50", minute }), ({ slot }) => slot);
    for (const requests of bySlot.values()) {
      requests.forEach(({ yachtId }, position) => {
        positions.get(yachtId)!.push(position / (requests.length - 1));
      });
    }
  }
  for (const places of positions.values()) {
    const mean = places.reduce((sum, place) => sum + place, 0) / places.length;
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.1);
  }
});

test("requests come in the order of their seconds, each in its slot", () => {
  const requests = plan.requestsOf({ stage: "canary-5", minute: 3 });
  expect(requests.map(({ second }) => second)).toEqual(
    requests.map(({ second }) => second).toSorted((left, right) => left - right),
  );
  for (const { second, slot } of requests) expect(Math.floor(second / 10)).toBe(slot);
});

test("the mix is that of a working day, with a few percent of business refusals", () => {
  const requests = minutesOf("canary-5", 60);
  const share = (...kinds: string[]) =>
    (100 * requests.filter(({ kind }) => kinds.includes(kind)).length) / requests.length;
  expect(Math.abs(share("view", "unknown") - 44)).toBeLessThan(2);
  expect(Math.abs(share("lowStock") - 20)).toBeLessThan(2);
  expect(Math.abs(share("receive", "replay") - 18)).toBeLessThan(2);
  expect(Math.abs(share("consume", "insufficient", "refused") - 18)).toBeLessThan(2);
  for (const kind of ["insufficient", "refused", "unknown", "replay"]) {
    expect(share(kind)).toBeGreaterThan(0.4);
    expect(share(kind)).toBeLessThan(2.5);
  }
});

test("a receive has a key of its own, and only a replay repeats one, with the same payload and by the same user", () => {
  const requests = minutesOf("canary-5", 60);
  const first = new Map<string, PlannedRequest>();
  for (const request of requests) {
    const key = request.body?.idempotency_key;
    if (request.kind === "receive" || request.kind === "replay") expect(key).toBeDefined();
    if (key === undefined) continue;
    const earlier = first.get(key);
    if (request.kind === "replay") {
      expect(request.body).toEqual(earlier?.body);
      expect(request.userId).toBe(earlier?.userId);
      expect(request.id).not.toBe(earlier?.id);
      expect(request.expected).toContain(409);
    } else {
      expect(earlier).toBeUndefined();
      first.set(key, request);
    }
  }
  expect(new Set(requests.map(({ id }) => id)).size).toBe(requests.length);
});

test("a request goes to the lens, is asked by a user of its yacht, and only crew are refused", () => {
  for (const request of minutesOf("ramp-20", 40)) {
    const { yachtId, userId, role } = request;
    expect(request.path).toMatch(/^\/(actions\/execute|parts\/low-stock\?)/);
    expect(request.id).toMatch(/^[A-Za-z0-9-]{8,64}$/);
    expect(fleet.users).toContainEqual({ userId, yachtId, role });
    expect(request.expected.includes(403)).toBe(role === "crew" && request.kind === "refused");
    if (request.body) expect(request.body).toMatchObject({ context: { yacht_id: yachtId } });
  }
});

test("a yacht without parts is refused at once", () => {
  const bare = { ...fleet, parts: fleet.parts.slice(0, 5) };
  expect(() => new TrafficPlan(bare, "x")).toThrow(/has no parts/);
});

test("an adjustment carries the captain's signature and a key of its own", () => {
  const signer = fleet.users.find(({ role }) => role === "captain")!;
  const part = fleet.parts.find(({ yachtId }) => yachtId === signer.yachtId)!;
  const signature = { pin: "123456", totp: "654321" };
  const request = adjustRequest({ signer, partId: part.partId, newQuantity: 7, signature, name: "first" });
  expect(request.body).toEqual({
    action: "adjust_stock_quantity",
    context: { yacht_id: signer.yachtId },
    payload: { part_id: part.partId, new_quantity: 7, reason: "Counted on board", signature },
    idempotency_key: request.id,
  });
  const other = adjustRequest({ signer, partId: part.partId, newQuantity: 7, signature, name: "second" });
  expect(other.id).not.toBe(request.id);
});
