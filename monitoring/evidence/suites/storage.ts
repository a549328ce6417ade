import type { AcceptanceCase, AcceptanceRequest } from "../acceptance-case.ts";
import type { World } from "../world.ts";

const objects = "/v2/storage/objects";
const own = ({ identities }: World) => identities.yacht.id;
const foreign = ({ identities }: World) => identities.foreign.yachtId;
const foreignObject = ({ identities }: World) => `${objects}/${identities.foreign.objectId}`;

function upload(world: World, yachtId: string): AcceptanceRequest {
  const body = {
    yacht_id: yachtId,
    bucket: "pms-part-photos",
    part_id: world.identities.yacht.partId,
    file_name: "acceptance.png",
    mime_type: "image/png",
    size_bytes: 1_024,
    sha256: "0".repeat(64),
  };
  return { method: "POST", path: objects, body };
}

const stranger = { status: 403, code: "not_a_member" } as const;
const forbidden = { status: 403, code: "object_forbidden" } as const;

/** Nobody reaches another yacht's objects, by her own name or by that of the yacht they are on. */
export const storageCases = [
  {
    name: "control: list the own yacht's objects",
    as: "hod",
    request: (world) => ({ method: "GET", path: `${objects}?yacht_id=${own(world)}` }),
    expected: { status: 200 },
  },
  {
    name: "list another yacht's objects",
    as: "hod",
    request: (world) => ({ method: "GET", path: `${objects}?yacht_id=${foreign(world)}` }),
    expected: stranger,
  },
  {
    name: "read another yacht's object",
    as: "hod",
    request: (world) => ({ method: "GET", path: `${foreignObject(world)}?yacht_id=${foreign(world)}` }),
    expected: stranger,
  },
  {
    name: "upload into another yacht's storage",
    as: "hod",
    request: (world) => upload(world, foreign(world)),
    expected: stranger,
  },
  {
    name: "delete another yacht's object",
    as: "hod",
    request: (world) => ({ method: "DELETE", path: `${foreignObject(world)}?yacht_id=${foreign(world)}` }),
    expected: stranger,
  },
  {
    name: "read another yacht's object in the own yacht's name",
    as: "hod",
    request: (world) => ({ method: "GET", path: `${foreignObject(world)}?yacht_id=${own(world)}` }),
    expected: forbidden,
  },
  {
    name: "confirm another yacht's object in the own yacht's name",
    as: "hod",
    request: (world) => ({
      method: "POST",
      path: `${foreignObject(world)}/confirm`,
      body: { yacht_id: own(world) },
    }),
    expected: forbidden,
  },
  {
    name: "delete another yacht's object in the own yacht's name",
    as: "hod",
    request: (world) => ({ method: "DELETE", path: `${foreignObject(world)}?yacht_id=${own(world)}` }),
    expected: forbidden,
  },
  {
    name: "upload as crew, who may not receive",
    as: "crew",
    request: (world) => upload(world, own(world)),
    expected: { status: 403, code: "role_not_allowed" },
  },
] as const satisfies readonly AcceptanceCase[];
