import { type AcceptanceCase, field } from "../acceptance-case.ts";
import type { World } from "../world.ts";

const reason = "acceptance run";
const malformed = { pin: "not digits", totp: "123" };

const isSigned: NonNullable<AcceptanceCase["check"]> = ({ body }) =>
  field(body, "is_signed") === true ? undefined : "it does not say that it was signed";

/** One above what is there: the write-offs that follow take away what was received before. */
function adjusted(world: World): Readonly<Record<string, unknown>> {
  const level = field(world.bodyOf("consume_part"), "new_stock_level");
  return { new_quantity: (typeof level === "number" ? level : 1) + 1, reason };
}

const writtenOff = { quantity: 1, reason };

/** The two signed actions: who may do them, and what a signature must be. Source: domain.md, "Actions". */
export const signedCases = [
  {
    name: "adjust_stock_quantity, missing signature",
    as: "hod",
    request: (world) => world.execute("adjust_stock_quantity", adjusted(world)),
    expected: { status: 400, code: "signature_required" },
  },
  {
    name: "adjust_stock_quantity, malformed signature",
    as: "hod",
    request: (world) => world.execute("adjust_stock_quantity", { ...adjusted(world), signature: malformed }),
    expected: { status: 400, code: "signature_malformed" },
  },
  {
    name: "adjust_stock_quantity, crew",
    as: "crew",
    request: async (world) =>
      world.execute("adjust_stock_quantity", { ...adjusted(world), signature: await world.sign("crew") }),
    expected: { status: 403, code: "role_not_allowed" },
  },
  {
    name: "adjust_stock_quantity, HOD (chief engineer)",
    as: "hod",
    request: async (world) =>
      world.execute("adjust_stock_quantity", { ...adjusted(world), signature: await world.sign("hod") }),
    expected: { status: 200 },
    check: isSigned,
  },
  {
    name: "write_off_part, missing signature",
    as: "hod",
    request: (world) => world.execute("write_off_part", writtenOff),
    expected: { status: 400, code: "signature_required" },
  },
  {
    name: "write_off_part, malformed signature",
    as: "hod",
    request: (world) => world.execute("write_off_part", { ...writtenOff, signature: malformed }),
    expected: { status: 400, code: "signature_malformed" },
  },
  {
    name: "write_off_part, crew",
    as: "crew",
    request: async (world) =>
      world.execute("write_off_part", { ...writtenOff, signature: await world.sign("crew") }),
    expected: { status: 200 },
    check: isSigned,
  },
  {
    name: "write_off_part, HOD (chief engineer)",
    as: "hod",
    request: async (world) =>
      world.execute("write_off_part", { ...writtenOff, signature: await world.sign("hod") }),
    expected: { status: 200 },
    check: isSigned,
  },
] as const satisfies readonly AcceptanceCase[];
