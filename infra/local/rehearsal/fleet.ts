/** The generated fleet: who sails, what lies in the stores and who may sign. Pure: the same seed gives the same fleet. */
import type { PartFacts } from "../../../api/import/part-row.ts";
import { type Role, roles } from "../../../api/roles.ts";
import { type CataloguePart, locations, partCatalogue } from "./part-catalogue.ts";
import { Seeded, seededUuid } from "./seeded.ts";

export interface FleetYacht {
  readonly id: string;
  readonly name: string;
  readonly tenant: string;
}

export interface FleetUser {
  readonly userId: string;
  readonly yachtId: string;
  readonly role: Role;
}

/** A part as it goes into the tenant database, which gives it its id. */
export interface FleetPart extends PartFacts {
  readonly yachtId: string;
  /** On hand when the rehearsal starts. */
  readonly stock: number;
}

export interface FleetSigner {
  readonly userId: string;
  readonly yachtId: string;
  readonly role: "captain" | "chief_engineer";
  /** Six digits. */
  readonly pin: string;
  /** Base32, 20 bytes, as an authenticator app takes it. */
  readonly totpSecret: string;
}

export interface Fleet {
  readonly yachts: readonly FleetYacht[];
  readonly users: readonly FleetUser[];
  /** Of every yacht but the imported one, whose parts come from its export. */
  readonly parts: readonly FleetPart[];
  readonly signers: readonly FleetSigner[];
}

export interface FleetOptions {
  readonly yachts: readonly FleetYacht[];
  readonly seed: string;
  /** The yacht whose inventory is imported: no parts are generated for it. */
  readonly imported?: string;
}

export function generateFleet({ yachts, seed, imported }: FleetOptions): Fleet {
  const users = yachts.flatMap((yacht) => usersOf(yacht, seed));
  return {
    yachts,
    users,
    parts: yachts.filter(({ id }) => id !== imported).flatMap((yacht) => partsOf(yacht, seed)),
    signers: users.flatMap((user) => signerOf(user, seed)),
  };
}

/** There is one captain and one chief engineer; of the others, one or two. */
function usersOf(yacht: FleetYacht, seed: string): FleetUser[] {
  const chance = new Seeded(seed, yacht.id, "users");
  return (Object.keys(roles) as Role[]).flatMap((role) => {
    const berths = role === "captain" || role === "chief_engineer" ? 1 : chance.between(1, 2);
    return Array.from({ length: berths }, (_, berth) => ({
      userId: seededUuid(seed, yacht.id, "user", role, berth),
      yachtId: yacht.id,
      role,
    }));
  });
}

function signerOf(user: FleetUser, seed: string): FleetSigner[] {
  if (user.role !== "captain" && user.role !== "chief_engineer") return [];
  const chance = new Seeded(seed, user.userId, "signer");
  const alphabet = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"];
  return [
    {
      userId: user.userId,
      yachtId: user.yachtId,
      role: user.role,
      pin: Array.from({ length: 6 }, () => chance.between(0, 9)).join(""),
      totpSecret: Array.from({ length: 32 }, () => chance.pick(alphabet)).join(""),
    },
  ];
}

function partsOf(yacht: FleetYacht, seed: string): FleetPart[] {
  const chance = new Seeded(seed, yacht.id, "parts");
  const carried = chance.shuffled(partCatalogue).slice(0, chance.between(38, 42));
  const size = chance.pick([0.5, 1, 1, 2]);
  return carried.map((part, index) => partOf(part, index, size, yacht, chance));
}

function partOf(
  part: CataloguePart,
  index: number,
  size: number,
  yacht: FleetYacht,
  chance: Seeded,
): FleetPart {
  const externalId = `P-${String(index + 1).padStart(4, "0")}`;
  const minLevel = isCounted(part.unit)
    ? Math.max(1, Math.round(part.least * size))
    : tenth(part.least * size);
  return {
    yachtId: yacht.id,
    externalId,
    name: part.name,
    partNumber:
      chance.next() < 0.9
        ? `${part.category.slice(0, 2).toUpperCase()}-${chance.between(10_000, 99_999)}`
        : null,
    manufacturer: part.maker,
    category: part.category,
    department: part.department,
    unit: part.unit,
    minLevel,
    reorderMultiple: part.multiple,
    isCritical: part.critical ?? false,
    location: chance.pick(locations[part.department]),
    stock: stockOf(part.unit, minLevel, chance),
  };
}

/** One part in fifteen is out of stock, one in five is low, the rest lies well above its least stock. */
function stockOf(unit: string, minLevel: number, chance: Seeded): number {
  const kind = chance.next();
  const share = kind < 1 / 15 ? 0 : kind < 1 / 15 + 1 / 5 ? chance.next() : 1 + 3 * chance.next();
  return isCounted(unit) ? Math.round(minLevel * share) : tenth(minLevel * share);
}

/** Whether the unit is counted in whole pieces; kg, L and m are measured. */
export function isCounted(unit: string): boolean {
  return !["kg", "g", "L", "mL", "m"].includes(unit);
}

function tenth(value: number): number {
  return Math.round(value * 10) / 10;
}
