import { type AcceptanceCase, field } from "../acceptance-case.ts";
import type { World } from "../world.ts";

const details = (world: World) => world.execute("view_part_details");

const hasDetails: NonNullable<AcceptanceCase["check"]> = ({ body }, world) => {
  const wanted = ["on_hand", "min_level", "reorder_multiple", "location", "is_low_stock", "is_out_of_stock"];
  const part = field(body, "part");
  const missing = [...wanted, "suggested_order_qty"].filter((name) => field(part, name) === undefined);
  if (missing.length > 0) return `the part lacks ${missing.join(", ")}`;
  return field(part, "part_id") === world.identities.yacht.partId ? undefined : "it is another part";
};

/** The canonical router's acceptance; the sixth case, the zero-5xx scan, looks at every answer of the run. */
export const coreCases = [
  {
    name: "low-stock read",
    as: "hod",
    request: ({ identities }) => ({
      method: "GET",
      path: `/v2/parts/low-stock?yacht_id=${identities.yacht.id}`,
    }),
    expected: { status: 200 },
    check: ({ body }) => (Array.isArray(field(body, "parts")) ? undefined : "it has no list of parts"),
  },
  {
    name: "view_part_details as HOD",
    as: "hod",
    request: details,
    expected: { status: 200 },
    check: hasDetails,
  },
  {
    name: "view_part_details as captain",
    as: "captain",
    request: details,
    expected: { status: 200 },
    check: hasDetails,
  },
  {
    name: "view_part_details as crew",
    as: "crew",
    request: details,
    expected: { status: 200 },
    check: hasDetails,
  },
  {
    name: "consume_part",
    as: "hod",
    request: (world) => world.execute("consume_part", { quantity: 1 }),
    expected: { status: 200 },
    check: ({ body }) =>
      typeof field(body, "new_stock_level") === "number" ? undefined : "it tells no new level",
  },
] as const satisfies readonly AcceptanceCase[];
