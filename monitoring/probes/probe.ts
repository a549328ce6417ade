import type { TenantTarget } from "../../api/database/master.ts";
import {
  connectedAs,
  inEachTenant,
  mustSeeAll,
  tenantsOf,
  type YachtTarget,
  yachtsOf,
} from "../job-databases.ts";
import type { JobsEnv } from "../jobs-env.ts";
import { metricLine, metricNamespace } from "../metrics.ts";
import { yachtSessions } from "../storage-adapters.ts";
import { type KnownObject, type ObjectViolation, objectProbe } from "./object-probe.ts";
import { rowProbe, type Sample, type Violation } from "./row-probe.ts";

/** Objects are guarded by one role and one policy for the whole fleet: they are probed once a run. */
export interface FleetProbe {
  /** A tenant's name, or "objects". */
  readonly tenant: string;
  readonly attempts: number;
  readonly violations: readonly (Violation | ObjectViolation)[];
}

const sampleQuery = `select yacht_id as "yachtId", id as "partId" from part_lens.pms_parts limit 1`;
const objectQuery = `select bucket, key from part_lens.storage_objects
  where yacht_id = $1 and state = 'confirmed' limit 1`;

async function probeTenant(tenant: TenantTarget): Promise<FleetProbe> {
  const sample = await connectedAs("part_lens_auditor", tenant, async (client) => {
    // Without a yacht to take for the neighbour, half of the attempts would not be made.
    await mustSeeAll(client, ["pms_parts"]);
    return client.query<Sample>(sampleQuery);
  });
  const probed = await connectedAs("part_lens_api", tenant, (client) => rowProbe(client, sample.rows[0]));
  return { tenant: tenant.tenant, ...probed };
}

function linesOf(environment: string, { tenant, attempts, violations }: FleetProbe): string[] {
  // Its own refusals are no request's: rls_refused stays at zero.
  const values = { rlsLeak: violations.length };
  const properties = { job: "probe", tenant, attempts };
  const told = violations.map((violation) => JSON.stringify({ violation: { tenant, ...violation } }));
  return [metricLine(metricNamespace(environment), "v2", values, properties), ...told];
}

/** A yacht of the fleet is the target of another one; by chance, so that every pair comes in turn. */
async function probeObjects({ master, storage }: JobsEnv): Promise<FleetProbe[]> {
  if (!storage) return [];
  const yachts = await yachtsOf(master);
  const target = yachts[Math.floor(Math.random() * yachts.length)] as YachtTarget;
  const others = yachts.filter(({ yacht_id }) => yacht_id !== target.yacht_id);
  const neighbour = others[Math.floor(Math.random() * others.length)]?.yacht_id;
  const found = await connectedAs("part_lens_auditor", target, (client) =>
    client.query<KnownObject>(objectQuery, [target.yacht_id]),
  );
  const known = found.rows[0];
  const probed = await objectProbe(yachtSessions(storage), storage, {
    yachtId: target.yacht_id,
    neighbour,
    known,
  });
  return [{ tenant: "objects", ...probed }];
}

/**
 * Probes the rows of every tenant that MASTER knows, and the fleet's objects where the variables say where they are.
 * Throws TenantsFailedError when a tenant could not be probed, and what STS and S3 answer instead of an answer.
 */
export async function probe(env: JobsEnv, print: (line: string) => void): Promise<FleetProbe[]> {
  const tell = (found: FleetProbe) => linesOf(env.environment, found).forEach(print);
  const rows = await inEachTenant<FleetProbe>(await tenantsOf(env.master), probeTenant, tell);
  const objects = await probeObjects(env);
  objects.forEach(tell);
  return [...rows, ...objects];
}
