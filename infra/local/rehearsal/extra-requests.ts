/** What is asked besides the ordinary traffic, where a fault shows nowhere else. */
import { createHash } from "node:crypto";
import type { Role } from "../../../api/roles.ts";
import type { Fault } from "../faults/fault.ts";
import type { ApiRequest, TrafficPart } from "./api-request.ts";
import type { FleetUser } from "./fleet.ts";
import { seededUuid } from "./seeded.ts";

export type Asked = NonNullable<Fault["asks"]>;

/** Whom they are made of. */
export interface ExtraFleet {
  readonly yachts: readonly { readonly id: string; readonly pilot?: boolean | undefined }[];
  readonly users: readonly FleetUser[];
  readonly parts: readonly TrafficPart[];
}

/** The requests of a minute, of whom each is asked for by one user of one yacht. */
export function extraRequests(asked: Asked, fleet: ExtraFleet, minute: number): ApiRequest[] {
  return makers[asked](fleet, minute);
}

const perMinute = 2;
const indexes = Array.from({ length: perMinute }, (_, index) => index);

const makers = {
  unsignedAdjustsOfV1: (fleet, minute) =>
    indexes.map((index) => adjustOfV1(fleet, minute * perMinute + index)),
  uploads: (fleet, minute) => indexes.map((index) => upload(fleet, minute * perMinute + index)),
  probes: (fleet, minute) => [foreignView(fleet, minute)],
} as const satisfies Record<Asked, (fleet: ExtraFleet, minute: number) => ApiRequest[]>;

/** v1's own route: it answers for every yacht, whatever its lens says. */
function adjustOfV1(fleet: ExtraFleet, index: number): ApiRequest {
  const yachtId = pick(fleet.yachts, index).id;
  const part = pick(partsOf(fleet, yachtId), index);
  const body = { yacht_id: yachtId, new_quantity: Math.max(1, Math.round(part.stock)), reason: "Counted" };
  const path = `/v1/parts/${part.partId}/adjust`;
  return { ...asker(fleet, yachtId, "chief_officer", index), method: "POST", path, body, expected: [200] };
}

/** A photo of a part, of a pilot's: she is on v2 first. */
function upload(fleet: ExtraFleet, index: number): ApiRequest {
  const yachtId = (fleet.yachts.find(({ pilot }) => pilot) ?? pick(fleet.yachts, 0)).id;
  const part = pick(partsOf(fleet, yachtId), index);
  const body = {
    yacht_id: yachtId,
    bucket: "pms-part-photos",
    part_id: part.partId,
    file_name: `${index}.png`,
    size_bytes: 1_000,
    mime_type: "image/png",
    sha256: createHash("sha256").update(String(index)).digest("hex"),
  };
  const user = asker(fleet, yachtId, "captain", index);
  return { ...user, method: "POST", path: "/v2/storage/objects", body, expected: [200, 201] };
}

/** A member of one yacht asks for another's part. */
function foreignView(fleet: ExtraFleet, index: number): ApiRequest {
  const own = pick(fleet.yachts, index).id;
  const foreign = pick(fleet.yachts, index + 1).id;
  const [part] = partsOf(fleet, foreign) as [TrafficPart];
  const body = {
    action: "view_part_details",
    context: { yacht_id: foreign },
    payload: { part_id: part.partId },
  };
  const user = { ...asker(fleet, own, "captain", index), yachtId: foreign };
  return { ...user, method: "POST", path: "/actions/execute", body, expected: [403] };
}

function asker({ users }: ExtraFleet, yachtId: string, role: Role, index: number) {
  const user = users.find((one) => one.yachtId === yachtId && one.role === role);
  if (!user) throw new Error(`yacht ${yachtId} has no ${role}`);
  const id = seededUuid("extra", yachtId, role, index);
  return { id, yachtId, userId: user.userId, role: user.role, kind: "extra" as const };
}

function partsOf({ parts }: ExtraFleet, yachtId: string): readonly TrafficPart[] {
  return parts.filter((part) => part.yachtId === yachtId);
}

function pick<T>(list: readonly T[], index: number): T {
  return list[index % list.length] as T;
}
