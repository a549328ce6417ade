import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { auditFindings } from "../../../../api/database/audit-chain.ts";
import { tenantTables } from "../../../../api/database/move/tenant-tables.ts";
import { letWrite } from "../../../../api/database/move/write-stop.ts";
import { routeKeptMilliseconds } from "../../../../api/database/router.ts";
import { userId } from "../../../support/fleet.ts";
import { MovingTenant } from "./moving-tenant.ts";

let moving: MovingTenant;
const patience = 600_000;

beforeAll(async () => {
  moving = await MovingTenant.start();
}, patience);
afterAll(() => moving.stop(), patience);

type Answers = Map<string, number>;

function count(answers: Answers, what: string): void {
  answers.set(what, (answers.get(what) ?? 0) + 1);
}

/** A captain who receives parts, one after the other, each until it is in, and looks at them in between. */
async function crew(yacht: "aurora" | "calypso", goesOn: () => boolean) {
  const part_id = moving.api.postgres.partIds[yacht]["P-1"];
  const answers: Answers = new Map();
  const keys: string[] = [];
  const execute = (action: string, payload: object, key?: string) =>
    moving.api.execute("/v2", [yacht, "captain"], action, { part_id, ...payload }, key);
  while (goesOn()) {
    const key = randomUUID();
    for (;;) {
      const { status, body, headers } = await execute("receive_part", { quantity_received: 1 }, key);
      count(answers, `${status} ${body.code ?? body.action}`);
      if (status === 503) expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
      if (status === 200) keys.push(key);
      // A repeat of what was executed: its answer was lost, the part is in.
      if (body.code === "duplicate_idempotency_key") keys.push(key);
      if (status !== 503) break;
      await new Promise((next) => setTimeout(next, 50));
    }
    const seen = await execute("view_part_details", {});
    count(answers, `${seen.status} ${seen.body.code ?? seen.body.action}`);
  }
  return { keys, answers };
}

const signedBy = userId("aurora", "captain");

async function adjustSigned(): Promise<void> {
  const sign = await moving.api.enrol(signedBy);
  const part_id = moving.api.postgres.partIds.aurora["P-2"];
  const { status } = await moving.api.execute("/v2", ["aurora", "captain"], "adjust_stock_quantity", {
    ...{ part_id, new_quantity: 3, reason: "counted" },
    signature: sign(),
  });
  expect(status).toBe(200);
}

const receives = (yacht: "aurora" | "calypso" = "aurora") => {
  const part_id = moving.api.postgres.partIds[yacht]["P-1"];
  const payload = { part_id, quantity_received: 1 };
  return moving.api.execute("/v2", [yacht, "captain"], "receive_part", payload, randomUUID());
};

/** Moves to an empty database until its requests are routed there, and ends the process. Returns the database. */
async function routedMove() {
  const target = await moving.newPlace();
  await moving.configure(target);
  const mover = moving.command("move", "alpha", "--to", moving.clusterOf(target));
  await mover.told("requests are routed to");
  await mover.kill();
  return target;
}

/** Plans a move to an empty database, and keeps one of its tables locked: who copies into it stops there. */
async function stuckMove() {
  const target = await moving.newPlace();
  await moving.configure(target);
  const holder = await moving.client(target);
  await holder.query("begin; lock table part_lens.pms_parts in access share mode");
  const mover = moving.command("move", "alpha", "--to", moving.clusterOf(target));
  await mover.told("writes of this tenant are stopped");
  return { target, mover, release: () => holder.query("rollback") };
}

test("nothing moves by the config alone, and what is not planned is refused", async () => {
  const target = await moving.newPlace();
  await expect(moving.configure(target, false)).rejects.toMatchObject({ code: "PL013" });
  const end = await moving.command("move", "alpha", "--to", moving.clusterOf(target)).ended;
  expect(end).toMatchObject({ code: 1, stderr: expect.stringContaining("no move of alpha is planned") });
  await moving.configure(target);
  const elsewhere = await moving.command("move", "alpha", "--to", "elsewhere").ended;
  expect(elsewhere).toMatchObject({ code: 1, stderr: expect.stringContaining("not to elsewhere") });
  const list = await moving.command("list").ended;
  expect(list.stdout).toContain(`alpha: planned since`);
  expect((await receives()).status).toBe(200);
  const undone = await moving.command("move", "alpha", "--abort").ended;
  expect(undone).toMatchObject({ code: 1, stderr: expect.stringContaining("has not begun") });
  expect((await moving.command("move", "alpha").ended).code).toBe(2);
  await moving.configure();
  expect((await moving.command("list").ended).stdout).toBe("No tenant moves.\n");
});

test(
  "one that was killed while it copied stops this tenant's writes alone, and is taken back by --abort",
  async () => {
    await moving.configure();
    const before = await moving.states(moving.place);
    const { target, mover, release } = await stuckMove();
    await mover.kill();
    const refused = await receives();
    expect(refused).toMatchObject({ status: 503, body: { code: "dependency_unavailable" } });
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    const part_id = moving.api.postgres.partIds.aurora["P-1"];
    const look = await moving.api.execute("/v2", ["aurora", "captain"], "view_part_details", { part_id });
    expect([look.status, (await receives("calypso")).status]).toEqual([200, 200]);
    await expect(moving.configure()).rejects.toMatchObject({ code: "PL013" });
    await release();
    const end = await moving.command("move", "alpha", "--abort").ended;
    expect([end.code, end.stderr]).toEqual([0, ""]);
    expect(await moving.states(moving.place)).toEqual(before);
    expect((await moving.states(target)).every(({ rows }) => rows === 0)).toBe(true);
    expect((await receives()).status).toBe(200);
    await moving.configure();
  },
  patience,
);

test(
  "one that was killed after it had routed the requests is taken back as long as nobody has written",
  async () => {
    await routedMove();
    expect((await receives()).status).toBe(503);
    const end = await moving.command("move", "alpha", "--abort").ended;
    expect([end.code, end.stderr]).toEqual([0, ""]);
    expect((await receives()).status).toBe(200);
    await moving.configure();
  },
  patience,
);

test(
  "one that was killed when writes had begun in the new place is not taken back, and ends when it is run again",
  async () => {
    const target = await routedMove();
    const client = await moving.client(target);
    await letWrite(client, await tenantTables(client));
    await client.query("update part_lens.pms_parts set name = name || ' II' where external_id = 'P-2'");
    const abort = await moving.command("move", "alpha", "--abort").ended;
    expect(abort).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("has written on the new database"),
    });
    const end = await moving.command("move", "alpha", "--to", moving.clusterOf(target)).ended;
    expect([end.code, end.stderr]).toEqual([0, ""]);
    moving.place = target;
    expect((await receives()).status).toBe(200);
    await moving.configure();
  },
  patience,
);

test(
  "under running requests, killed in the middle and run again, nothing is lost and every signature verifies",
  async () => {
    await adjustSigned();
    const home = moving.place;
    const { target, mover, release } = await stuckMove();
    let goesOn = true;
    const crews = [crew("aurora", () => goesOn), crew("aurora", () => goesOn), crew("calypso", () => goesOn)];
    await mover.kill();
    await release();
    const second = await moving.command("move", "alpha", "--to", moving.clusterOf(target), "--json").ended;
    expect([second.code, second.stderr]).toEqual([0, expect.stringContaining("every table is the same")]);
    // Writes go on: each crew gets one more through.
    const [there] = await Promise.all([receives(), receives("calypso")]);
    expect(there.status).toBe(200);
    goesOn = false;
    const [first, other, neighbour] = await Promise.all(crews);
    moving.place = target;

    const statuses = [...first!.answers.keys(), ...other!.answers.keys()];
    expect(new Set(statuses)).toEqual(
      new Set(["200 receive_part", "200 view_part_details", "503 dependency_unavailable"]),
    );
    expect([...neighbour!.answers.keys()].sort()).toEqual(["200 receive_part", "200 view_part_details"]);

    const client = await moving.client(target);
    const { rows } = await client.query(
      "select key from part_lens.pms_idempotency_keys where status = 'done'",
    );
    const known = new Set(rows.map(({ key }) => key));
    const accepted = [...first!.keys, ...other!.keys];
    expect(accepted.length).toBeGreaterThan(1);
    expect(accepted.filter((key) => !known.has(key))).toEqual([]);
    const { broken, yachts } = await auditFindings(client);
    expect(broken).toEqual([]);
    expect(yachts.length).toBeGreaterThan(0);
    const signed = "select signature from part_lens.pms_audit_log where action = 'adjust_stock_quantity'";
    expect((await client.query(signed)).rows).toEqual([
      { signature: expect.objectContaining({ method: "pin+totp" }) },
    ]);
    const drift = await client.query("select * from part_lens.ledger_mismatches");
    expect(drift.rows).toEqual([]);

    const { tables, stoppedSeconds } = JSON.parse(second.stdout) as {
      tables: { table: string }[];
      stoppedSeconds: number;
    };
    // No process may still read where nobody writes any more.
    expect(stoppedSeconds * 1_000).toBeGreaterThan(routeKeptMilliseconds);
    expect(tables.map(({ table }) => table).sort()).toEqual([...(await tenantTables(client))].sort());
    expect(await moving.states(home)).toEqual(tables);
    const old = await moving.client(home);
    await expect(old.query("update part_lens.pms_parts set name = name")).rejects.toMatchObject({
      code: "55000",
    });
    const again = await moving.command("move", "alpha", "--to", moving.clusterOf(target)).ended;
    expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining(`alpha: is on`) });
    const back = await moving.command("move", "alpha", "--abort").ended;
    expect(back).toMatchObject({ code: 1, stderr: expect.stringContaining("swap cluster and movedFrom") });
  },
  patience,
);

test(
  "it goes back to where an earlier copy is only when that may be replaced, and a copy that differs is refused",
  async () => {
    await moving.configure();
    const from = moving.place;
    const home = moving.api.postgres.tenants.alpha;
    await moving.configure(home);
    const cautious = await moving.command("move", "alpha", "--to", "test").ended;
    expect(cautious).toMatchObject({ code: 1, stderr: expect.stringContaining("--overwrite") });
    expect((await receives()).status).toBe(200);

    const owner = await moving.client(home);
    await owner.query("set role part_lens_owner");
    await owner.query(
      "create rule lost as on insert to part_lens.pms_audit_log where new.sequence = 1 do instead nothing",
    );
    const lossy = await moving.command("move", "alpha", "--to", "test", "--overwrite").ended;
    expect(lossy).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("the copy differs: pms_audit_log"),
    });
    expect((await receives()).status).toBe(503);
    await owner.query("drop rule lost on part_lens.pms_audit_log");
    const end = await moving.command("move", "alpha", "--to", "test", "--overwrite").ended;
    expect([end.code, end.stderr]).toEqual([0, ""]);
    expect(await moving.states(home)).toEqual(await moving.states(from));
    expect((await receives()).status).toBe(200);
  },
  patience,
);
