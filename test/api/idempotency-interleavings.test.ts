/** Every mutation, asked many times at once with one key, by every way there is: it happens once. */
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { v1Actions } from "../../api/v1/actions/catalogue.ts";
import { v2Actions } from "../../api/v2/actions/catalogue.ts";
import { userId, yachts } from "../support/fleet.ts";
import { stillClock } from "../support/still-clock.ts";
import { emptyStore } from "./empty-store.ts";
import { type Answered, startApi, type TestApi } from "./harness.ts";

/** A copy whose code is spent waits two seconds for the result of the one that has spent it; here as long as it takes. */
vi.mock("node:timers/promises", async (load) => {
  const timers = await load<typeof import("node:timers/promises")>();
  return { ...timers, setTimeout: (milliseconds: number) => timers.setTimeout(20 * milliseconds) };
});
stillClock();

const member = ["aurora", "captain"] as const;
const timesEachWay = 3;

type Payload = Readonly<Record<string, unknown>>;
type Sign = Awaited<ReturnType<TestApi["enrol"]>>;

let api: TestApi;
let sign: Sign;
let documentId: unknown;
const part = () => api.postgres.partIds.aurora["P-1"];

/** A payload of every mutation, and another one of the same action. */
const payloads: Readonly<Record<string, () => readonly [Payload, Payload]>> = {
  receive_part: () => [{ quantity_received: 2 }, { quantity_received: 3 }],
  consume_part: () => [{ quantity: 1 }, { quantity: 2 }],
  transfer_part: () => {
    const way = { from_location: "Engine room", to_location: "Lazarette" };
    return [
      { ...way, quantity: 1 },
      { ...way, quantity: 2 },
    ];
  },
  add_to_shopping_list: () => [{ quantity_requested: 1 }, { quantity_requested: 2 }],
  adjust_stock_quantity: () => [
    { new_quantity: 5, reason: "count" },
    { new_quantity: 6, reason: "count" },
  ],
  write_off_part: () => [
    { quantity: 1, reason: "broken" },
    { quantity: 2, reason: "broken" },
  ],
  generate_part_labels: () => [
    { part_id: undefined, part_ids: [part()] },
    { part_id: undefined, part_ids: [part()], include_qr: false },
  ],
  request_label_output: () => [
    { part_id: undefined, document_id: documentId, output: "download" },
    { part_id: undefined, document_id: documentId, output: "print" },
  ],
};

beforeAll(async () => {
  api = await startApi({}, { store: emptyStore });
  api.setFlags({ cohort: ["aurora"] });
  sign = await api.enrol(userId(...member));
  const made = await api.execute("/v2", member, "generate_part_labels", { part_ids: [part()] });
  documentId = made.body.document_id ?? made.body.object_id;
});
afterAll(() => api.stop());

const plainPath = (action: string) =>
  `/v1/parts/${part()}/${action.replace(/_(part|stock_quantity)$/, "").replace("_", "-")}`;

/** One request a way; a way that the action lacks is left out. */
function ways(action: string, payload: Payload, key: string, signature: object | undefined) {
  const full = { part_id: part(), ...payload, ...(signature && { signature }) };
  const { quantity_received, ...rest } = payload;
  const plain = { ...rest, ...(quantity_received !== undefined && { quantity: quantity_received }) };
  const body = { ...plain, yacht_id: yachts.aurora, idempotency_key: key };
  return [
    () => api.execute("/v2", member, action, full, key),
    () => api.execute("", member, action, full, key),
    ...(action in v1Actions ? [() => api.ask(plainPath(action), { as: member, body })] : []),
  ];
}

async function auditRows(action: string): Promise<number> {
  const auditor = await api.postgres.client("part_lens_auditor", api.postgres.tenants.alpha);
  const query = "select count(*)::int as count from part_lens.pms_audit_log where action = $1";
  return (await auditor.query(query, [action])).rows[0].count;
}

const mutations = Object.entries(v2Actions).filter(([, { kind }]) => kind !== "read");
const codeOf = ({ status, body }: Answered) => [status, body.code ?? body.status];

describe("a mutation with one key, from many sides at once", () => {
  test("is listed here for every action of the catalogue", () => {
    expect(Object.keys(payloads).sort()).toEqual(mutations.map(([name]) => name).sort());
  });

  test.each(mutations)("%s happens once, and all others learn its result", async (action, { kind }) => {
    const before = await auditRows(action);
    const [payload, other] = payloads[action]!();
    // A step is good once: the next action's signature is of another one.
    const signature = kind === "signed" ? sign(action === "write_off_part" ? 1 : 0) : undefined;
    const key = `interleaved-${action}`;
    const senders = Array.from({ length: timesEachWay }, () => ways(action, payload, key, signature)).flat();
    const answers = await Promise.all(senders.map((send) => send()));

    const won = answers.filter(({ status }) => status === 200);
    expect(answers.map(codeOf).sort()).toEqual([
      [200, "success"],
      ...Array(senders.length - 1).fill([409, "duplicate_idempotency_key"]),
    ]);
    for (const { status, body } of answers) {
      const result = (status === 200 ? body : body.result) as Payload;
      expect(result.execution_id).toBe(won[0]?.body.execution_id);
    }
    expect(await auditRows(action)).toBe(before + 1);

    for (const send of ways(action, other, key, signature)) {
      expect(codeOf(await send())).toEqual([409, "idempotency_key_reused"]);
    }
    expect(await auditRows(action)).toBe(before + 1);
  });
});
