import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { userId, yachts } from "../support/fleet.ts";
import { secretPattern } from "../support/secret-pattern.ts";
import { type Answered, startApi, type TestApi } from "./harness.ts";

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
beforeEach(() => api.setFlags({ cohort: [] }));
afterAll(() => api.stop());

const captain = ["aurora", "captain"] as const;
const partOf = (yacht: "aurora" | "calypso", key: "P-1" | "P-2" | "P-3" = "P-1") =>
  api.postgres.partIds[yacht][key];
const lensView = () => api.ask(`/parts/${partOf("aurora")}?yacht_id=${yachts.aurora}`, { as: captain });
const versionOf = (answered: Answered) => answered.headers.get("x-part-lens-version");

describe("the lens", () => {
  test("is off for everyone at first: v1 answers, in v1's contract", async () => {
    const answered = await lensView();
    expect(answered.status).toBe(200);
    expect(versionOf(answered)).toBe("v1");
    expect(answered.body).toMatchObject({ status: "success", action: "view_part_details" });
    expect(answered.body.part).toMatchObject({ quantity: 10, yacht_id: yachts.aurora });
    expect(answered.body.part).not.toHaveProperty("on_hand");
  });

  test("on for a yacht, v2 answers it in v2's contract, and v1 still answers the others", async () => {
    api.setFlags({ cohort: ["aurora"] });
    const answered = await lensView();
    expect(versionOf(answered)).toBe("v2");
    expect(answered.body.part).toMatchObject({ on_hand: 10, suggested_order_qty: 0 });
    const other = await api.ask(`/parts/${partOf("calypso")}?yacht_id=${yachts.calypso}`, {
      as: ["calypso", "captain"],
    });
    expect(versionOf(other)).toBe("v1");
  });

  test("a cap of 0 wins over every document, in the very next request", async () => {
    api.setFlags({ stage: "full-100", cohort: ["aurora"] });
    expect(versionOf(await lensView())).toBe("v2");
    api.setFlags({ stage: "full-100", cohort: ["aurora"], cap: 0 });
    expect(versionOf(await lensView())).toBe("v1");
    const direct = await api.execute("/v2", captain, "view_low_stock", {});
    expect([direct.status, direct.body.code]).toEqual([409, "version_not_enabled"]);
  });

  test("v1 answers by its own routes whether the lens is on or off", async () => {
    for (const cohort of [[], ["aurora"]] as const) {
      api.setFlags({ cohort });
      const answered = await api.ask(`/v1/parts/${partOf("aurora")}?yacht_id=${yachts.aurora}`, {
        as: captain,
      });
      expect([answered.status, versionOf(answered)]).toEqual([200, "v1"]);
    }
  });

  test("every answer says what produced it: code, stage and flag document", async () => {
    api.setFlags({ stage: "ramp-20", cohort: ["aurora"] });
    const { headers } = await lensView();
    expect(headers.get("x-part-lens-code")).toBe("code-under-test");
    expect(headers.get("x-part-lens-stage")).toBe("ramp-20");
    expect(headers.get("x-part-lens-flags")).toMatch(/^[0-9a-f]{12}$/);
  });

  test("an acceptable request id is kept, another one replaced", async () => {
    const given = async (id: string) =>
      (await api.ask("/health", { headers: { "x-request-id": id } })).headers.get("x-request-id");
    expect(await given("abc-12345")).toBe("abc-12345");
    expect(await given("<script>")).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe("both versions", () => {
  test("write one ledger: going forth and back between them loses nothing", async () => {
    const part_id = partOf("aurora", "P-3");
    const receive = (key: string) =>
      api.execute(
        "",
        captain,
        "receive_part",
        { part_id, quantity_received: 1.25, location: "Lazarette" },
        key,
      );
    const levels: unknown[] = [];
    for (const cohort of [[], ["aurora"], []] as const) {
      api.setFlags({ cohort });
      const answered = await receive(`forth-and-back-${levels.length}`);
      expect(answered.body).toMatchObject({ status: "success", action: "receive_part", part_id });
      expect(versionOf(answered)).toBe(cohort.length ? "v2" : "v1");
      levels.push(answered.body.new_stock_level);
    }
    expect(levels).toEqual([26.75, 28, 29.25]);
    api.setFlags({ cohort: ["aurora"] });
    const [v1, v2] = await Promise.all([
      api.ask(`/v1/parts/${part_id}?yacht_id=${yachts.aurora}`, { as: captain }),
      api.execute("/v2", captain, "view_part_details", { part_id }),
    ]);
    expect(v1.body.part).toMatchObject({ quantity: 29.25 });
    expect(v2.body.part).toMatchObject({ on_hand: 29.25 });
  });

  test("know a request again that the other one has executed", async () => {
    const payload = { part_id: partOf("aurora"), quantity: 1, notes: "watch" };
    const first = await api.execute("", captain, "consume_part", payload, "retry-over-the-switch");
    expect([first.status, versionOf(first)]).toEqual([200, "v1"]);
    api.setFlags({ cohort: ["aurora"] });
    const again = await api.execute("", captain, "consume_part", payload, "retry-over-the-switch");
    expect([again.status, versionOf(again)]).toEqual([409, "v2"]);
    expect(again.body.result).toMatchObject({
      execution_id: first.body.execution_id,
      transaction_id: first.body.transaction_id,
    });
  });

  test("list the same parts as low, v1 from the cache and v2 with an order", async () => {
    api.setFlags({ cohort: ["aurora"] });
    const list = async (version: string) => {
      const { body } = await api.ask(`/${version}/parts/low-stock?yacht_id=${yachts.aurora}`, {
        as: ["aurora", "crew"],
      });
      return body.parts as { part_id: string; suggested_order_qty?: number }[];
    };
    const [v1, v2] = await Promise.all([list("v1"), list("v2")]);
    expect(v1.map((part) => part.part_id)).toEqual(v2.map((part) => part.part_id));
    const impeller = v2.find((part) => part.part_id === partOf("aurora", "P-2"));
    expect(impeller).toMatchObject({ on_hand: 2, shortage: 3, suggested_order_qty: 4 });
  });
});

describe("v1's plain routes", () => {
  const post = (role: "purser" | "crew" | "deckhand", verb: string, fields: object) =>
    api.ask(`/v1/parts/${partOf("calypso")}/${verb}`, {
      as: ["calypso", role],
      body: { yacht_id: yachts.calypso, ...fields },
    });

  test("receive and consume, the key optional", async () => {
    const received = await post("deckhand", "receive", { quantity: 2 });
    expect(received.body).toMatchObject({ status: "success", new_stock_level: 12 });
    const consumed = await post("deckhand", "consume", { quantity: 5, notes: "service" });
    expect(consumed.body).toMatchObject({ action: "consume_part", new_stock_level: 7 });
  });

  test("adjust unsigned, for heads of department only", async () => {
    const refused = await post("crew", "adjust", { new_quantity: 3, reason: "count" });
    expect([refused.status, refused.body.code]).toEqual([403, "role_not_allowed"]);
    const adjusted = await post("purser", "adjust", { new_quantity: 3, reason: "count" });
    expect(adjusted.body).toMatchObject({ old_quantity: 7, new_quantity: 3, adjustment: -4 });
  });

  test("a signature that a caller of the lens sends along is dropped unread", async () => {
    const payload = {
      part_id: partOf("calypso"),
      new_quantity: 4,
      reason: "count",
      signature: { pin: "918273", totp: "918273" },
    };
    const answered = await api.execute("", ["calypso", "purser"], "adjust_stock_quantity", payload);
    expect([answered.status, versionOf(answered)]).toEqual([200, "v1"]);
    const auditor = await api.postgres.client("part_lens_auditor", api.postgres.tenants.beta);
    const { rows } = await auditor.query(
      `select to_jsonb(entry)::text as entry, signature from part_lens.pms_audit_log entry
        where actor = $1 order by entry.sequence desc limit 1`,
      [userId("calypso", "purser")],
    );
    expect(rows[0].signature).toEqual({});
    expect(rows[0].entry).not.toMatch(secretPattern("918273"));
  });
});
