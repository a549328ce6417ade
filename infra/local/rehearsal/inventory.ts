import { execFile } from "node:child_process";
import { resolve } from "node:path";
import { promisify } from "node:util";
import type pg from "pg";
import { enrolSigner } from "../../../api/signatures/enrolment.ts";
import { keyFileSealer } from "../../../api/signatures/sealed-secret.ts";
import type { LocalStack } from "../local-stack.ts";
import { masterPlace, type ServiceOutputs } from "../stack-outputs.ts";
import type { TrafficPart } from "./api-request.ts";
import { type Fleet, type FleetSigner, generateFleet } from "./fleet.ts";
import { loadFleet, partsInDatabase } from "./fleet-loader.ts";

/** What the databases hold when the traffic starts. */
export interface Inventory {
  readonly fleet: Fleet;
  readonly parts: readonly TrafficPart[];
  readonly imported: { readonly yacht: string; readonly parts: number; readonly opened: number };
}

export interface InventoryOptions {
  readonly stack: LocalStack;
  readonly service: ServiceOutputs;
  readonly seed: string;
  /** The PMS export of the first yacht. */
  readonly file: string;
  /** The key that TOTP secrets are sealed with. */
  readonly signerKey: string;
}

const migrator = "part_lens_migrator";
const run = promisify(execFile);

/** Imports the export for the first yacht as an operator would, and generates the rest of the fleet. */
export async function fillInventory(options: InventoryOptions): Promise<Inventory> {
  const { stack, service, seed } = options;
  const { tenants, yachts } = service.fleet;
  const [own] = yachts as [ServiceOutputs["fleet"]["yachts"][number]];
  const fleet = generateFleet({ yachts, seed, imported: own.id });
  const master = await stack.databases.connect(migrator, masterPlace(service));
  const clients = new Map<string, pg.Client>();
  try {
    for (const tenant of tenants) clients.set(tenant.id, await stack.databases.connect(migrator, tenant));
    const parts = await loadFleet({
      fleet,
      master,
      tenants: clients,
      enrol: enrolmentWith(options.signerKey),
    });
    const manager = fleet.users.find(({ yachtId, role }) => yachtId === own.id && role === "manager");
    const { parts: count, opened } = await importExport(options, own, manager?.userId ?? "");
    const ownParts = await partsInDatabase(clients.get(own.tenant) as pg.Client, own.id);
    return { fleet, parts: [...ownParts, ...parts], imported: { yacht: own.name, parts: count, opened } };
  } finally {
    await Promise.all([master, ...clients.values()].map((client) => client.end()));
  }
}

function enrolmentWith(signerKey: string) {
  const sealer = keyFileSealer(signerKey);
  return (signer: FleetSigner) => enrolSigner(sealer, signer);
}

/** Runs the import command itself. Rejects with what it wrote when it refuses the file. */
async function importExport(
  { stack, service, file }: InventoryOptions,
  yacht: { readonly id: string; readonly tenant: string },
  userId: string,
): Promise<{ parts: number; opened: number }> {
  const home = service.fleet.tenants.find(({ id }) => id === yacht.tenant);
  if (!home) throw new Error(`no tenant "${yacht.tenant}" among the service layer's outputs`);
  const login = { PGHOST: home.host, PGPORT: String(home.port), PGDATABASE: home.database, PGUSER: migrator };
  const { stdout } = await run(
    process.execPath,
    ["api/import/command.ts", resolve(file), "--yacht", yacht.id, "--user", userId, "--json"],
    {
      env: { PATH: process.env.PATH ?? "", NODE_NO_WARNINGS: "1", ...login, ...stack.databases.environment },
    },
  );
  return JSON.parse(stdout) as { parts: number; opened: number };
}
