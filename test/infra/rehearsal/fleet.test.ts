import { expect, test } from "vitest";
import { roles } from "../../../api/roles.ts";
import { type FleetYacht, generateFleet, isCounted } from "../../../infra/local/rehearsal/fleet.ts";
import { seededUuid } from "../../../infra/local/rehearsal/seeded.ts";

const yachts: FleetYacht[] = Array.from({ length: 20 }, (_, index) => ({
  id: seededUuid("test yacht", index),
  name: `M/Y Test ${index}`,
  tenant: index < 12 ? "north" : "south",
}));
const imported = yachts[0]!.id;
const fleet = generateFleet({ yachts, seed: "one", imported });

test("the same seed gives the same fleet, another seed another", () => {
  expect(generateFleet({ yachts, seed: "one", imported })).toEqual(fleet);
  expect(generateFleet({ yachts, seed: "two", imported }).parts).not.toEqual(fleet.parts);
});

test("a yacht's crew and stores do not depend on which other yachts there are", () => {
  const alone = generateFleet({ yachts: yachts.slice(5, 6), seed: "one", imported });
  expect(alone.parts).toEqual(fleet.parts.filter(({ yachtId }) => yachtId === yachts[5]!.id));
  expect(alone.users).toEqual(fleet.users.filter(({ yachtId }) => yachtId === yachts[5]!.id));
});

test("every yacht has one or two users of each role, and nobody sails on two yachts", () => {
  for (const { id } of yachts) {
    for (const role of Object.keys(roles)) {
      const found = fleet.users.filter((user) => user.yachtId === id && user.role === role);
      expect([1, 2]).toContain(found.length);
    }
  }
  expect(new Set(fleet.users.map(({ userId }) => userId)).size).toBe(fleet.users.length);
});

test("a user's id is a UUID", () => {
  const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
  for (const { userId } of fleet.users) expect(userId).toMatch(uuid);
});

test("every yacht but the imported one carries about forty parts in several departments and places", () => {
  for (const { id } of yachts) {
    const parts = fleet.parts.filter(({ yachtId }) => yachtId === id);
    if (id === imported) {
      expect(parts).toEqual([]);
      continue;
    }
    expect(parts.length).toBeGreaterThanOrEqual(38);
    expect(parts.length).toBeLessThanOrEqual(42);
    expect(new Set(parts.map(({ externalId }) => externalId)).size).toBe(parts.length);
    expect(new Set(parts.map(({ department }) => department)).size).toBeGreaterThan(3);
    expect(new Set(parts.map(({ location }) => location)).size).toBeGreaterThan(5);
  }
});

test("pieces are whole, measured goods have decimals, some are low and some are out", () => {
  for (const part of fleet.parts) {
    expect(part.stock).toBeGreaterThanOrEqual(0);
    expect(part.minLevel).toBeGreaterThan(0);
    expect(part.reorderMultiple).toBeGreaterThan(0);
    if (isCounted(part.unit))
      expect(Number.isInteger(part.stock) && Number.isInteger(part.minLevel)).toBe(true);
  }
  expect(fleet.parts.some(({ unit, stock }) => unit === "kg" && !Number.isInteger(stock))).toBe(true);
  expect(fleet.parts.some(({ stock }) => stock === 0)).toBe(true);
  expect(fleet.parts.some(({ stock, minLevel }) => stock > 0 && stock < minLevel)).toBe(true);
});

test("the captain and the chief engineer of each yacht may sign, each with a PIN and a secret of their own", () => {
  expect(fleet.signers).toHaveLength(2 * yachts.length);
  expect(new Set(fleet.signers.map(({ totpSecret }) => totpSecret)).size).toBe(fleet.signers.length);
  for (const signer of fleet.signers) {
    expect(signer.pin).toMatch(/^\d{6}$/);
    expect(signer.totpSecret).toMatch(/^[A-Z2-7]{32}$/);
    expect(fleet.users).toContainEqual({ userId: signer.userId, yachtId: signer.yachtId, role: signer.role });
  }
});
