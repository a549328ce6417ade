import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { parse } from "yaml";
import { VirtualClock } from "../../infra/local/clock.ts";
import { LocalStack } from "../../infra/local/local-stack.ts";
import { fillInventory } from "../../infra/local/rehearsal/inventory.ts";
import { masterPlace, type ServiceOutputs, serviceOutputs } from "../../infra/local/stack-outputs.ts";
import { readStackConfig } from "../../infra/preview/stack-config.ts";

const patience = 600_000;
const directory = mkdtempSync(join(tmpdir(), "part-lens-move-"));
const keyDirectory = resolve(".part-lens/keys");
const tenant = "northern-owners";
const database = "part_lens_tenant_northern_owners";
let stack: LocalStack;
let service: ServiceOutputs;

const [main] = parse(readStackConfig("local-foundation")["part-lens:clusters"] ?? "") as [object];
const tenants = parse(readStackConfig("local-service")["part-lens:tenants"] ?? "") as { id: string }[];

/** The service layer with the tenant placed so. */
async function placed(place: object): Promise<void> {
  const changed = tenants.map((one) => (one.id === tenant ? { ...one, ...place } : one));
  await stack.update("service", { "part-lens:tenants": JSON.stringify(changed) });
  service = serviceOutputs(stack.outputs("service"));
}

beforeAll(async () => {
  const clock = new VirtualClock(Math.floor(Date.now() / 60_000) * 60_000);
  stack = await LocalStack.open({ clock, directory, keyDirectory, durable: false });
  const clusters = [main, { ...main, name: "second" }];
  await stack.update("foundation", { "part-lens:clusters": JSON.stringify(clusters) });
  await stack.update("service");
  service = serviceOutputs(stack.outputs("service"));
  const file = resolve("infra/local/rehearsal/sample-inventory.csv");
  const signerKey = join(keyDirectory, "signer.key");
  await fillInventory({ stack, service, seed: "move", file, signerKey });
}, patience);
afterAll(async () => {
  await stack?.close();
  rmSync(directory, { recursive: true, force: true });
}, patience);

function moves(...args: readonly string[]): Promise<{ code: number | null; text: string }> {
  const { host, port, database: name } = masterPlace(service);
  const master = { MASTER_HOST: host, MASTER_PORT: String(port), MASTER_DATABASE: name };
  const env = { ...process.env, ...stack.databases.environment, ...master, NODE_NO_WARNINGS: "1" };
  const child = spawn(process.execPath, ["api/database/tenants-command.ts", ...args], { env });
  let text = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => {
      text += chunk.toString();
    });
  return new Promise((done) => child.once("close", (code) => done({ code, text })));
}

const addressOf = () => service.fleet.tenants.find(({ id }) => id === tenant)!;

async function partsAt(place: { host: string; port: number; database: string }): Promise<number> {
  const client = await stack.databases.connect("part_lens_auditor", place);
  const { rows } = await client.query("select count(*)::int as parts from part_lens.pms_parts");
  await client.end();
  return rows[0].parts;
}

const healthy = async () => (await fetch(`${service.apiUrl}/v1/health`)).status;

it(
  "a tenant goes to another cluster by a config change, a move, and a config change that drops the old database",
  async () => {
    const old = addressOf();
    const parts = await partsAt(old);
    expect(parts).toBeGreaterThan(0);

    await expect(placed({ cluster: "second" })).rejects.toThrow(/tenant_moved: northern-owners is on main/);
    expect(await partsAt(old)).toBe(parts);

    await placed({ cluster: "second", movedFrom: "main" });
    const made = addressOf();
    expect([made.port === old.port, await partsAt(made), await healthy()]).toEqual([false, 0, 200]);

    const moved = await moves("move", tenant, "--to", "second");
    expect([moved.code, moved.text]).toEqual([0, expect.stringContaining("every table is the same")]);
    expect([await partsAt(made), await partsAt(old), await healthy()]).toEqual([parts, parts, 200]);

    // Any later update finds MASTER where the config is, and the one that was left stays.
    await placed({ cluster: "second", movedFrom: "main" });
    expect((await moves("list")).text).toContain(`${tenant}: moved since`);

    await placed({ cluster: "second" });
    expect((await moves("list")).text).toBe("No tenant moves.\n");
    const admin = await stack.databases.connect("part_lens_migrator", masterPlace(service));
    const { rows } = await admin.query("select datname from pg_database where datname = $1", [database]);
    await admin.end();
    expect([rows, await partsAt(made), await healthy()]).toEqual([[], parts, 200]);
  },
  patience,
);
