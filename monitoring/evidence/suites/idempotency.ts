import { type AcceptanceCase, field } from "../acceptance-case.ts";
import type { World } from "../world.ts";

// Three received, for one consumed here, one in the core cases, and the signed ones' net one.
const received = (quantity: number) => (world: World) =>
  world.execute("receive_part", { quantity_received: quantity }, world.key("receive"));
const consumed = (world: World) => world.execute("consume_part", { quantity: 1 }, world.key("consume"));

function repeats(name: string): NonNullable<AcceptanceCase["check"]> {
  return ({ body }, world) => {
    const first = field(world.bodyOf(name), "execution_id");
    return first !== undefined && field(body, "result", "execution_id") === first
      ? undefined
      : "it does not carry the first result";
  };
}

/** A key is one effect, whatever is repeated. Source: domain.md, "Idempotency". */
export const idempotencyCases = [
  {
    name: "receive_part without a key",
    as: "hod",
    request: (world) => world.execute("receive_part", { quantity_received: 3 }),
    expected: { status: 400, code: "idempotency_key_required" },
  },
  { name: "receive_part with a new key", as: "hod", request: received(3), expected: { status: 200 } },
  {
    name: "receive_part, the same again",
    as: "hod",
    request: received(3),
    expected: { status: 409, code: "duplicate_idempotency_key" },
    check: repeats("receive_part with a new key"),
  },
  {
    name: "receive_part, the same key with another payload",
    as: "hod",
    request: received(5),
    expected: { status: 409, code: "idempotency_key_reused" },
  },
  { name: "consume_part with a new key", as: "hod", request: consumed, expected: { status: 200 } },
  {
    name: "consume_part, the same again",
    as: "hod",
    request: consumed,
    expected: { status: 409, code: "duplicate_idempotency_key" },
    check: repeats("consume_part with a new key"),
  },
  {
    name: "consume_part with the key of receive_part",
    as: "hod",
    request: (world) => world.execute("consume_part", { quantity: 1 }, world.key("receive")),
    expected: { status: 409, code: "idempotency_key_reused" },
  },
] as const satisfies readonly AcceptanceCase[];
