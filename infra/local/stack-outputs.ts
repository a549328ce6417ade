import { z } from "zod";
import { codeStamp } from "../../monitoring/rollout/code-stamp.ts";
import { masterDatabaseName } from "../database/master-database.ts";

const place = z.object({ applicationId: z.string(), environmentId: z.string(), profileId: z.string() });
const tenant = z.object({ id: z.string(), host: z.string(), port: z.coerce.number(), database: z.string() });
const yacht = z.object({
  id: z.string(),
  name: z.string(),
  tenant: z.string(),
  pilot: z.boolean().optional(),
  holdOut: z.boolean().optional(),
});

const service = z.object({
  apiUrl: z.url(),
  codeVersion: z.string(),
  code: z.object({
    version: z.coerce.number(),
    hash: z.string().nullable(),
    migrationHash: z.string().nullable(),
    tables: codeStamp.shape.tables.nullable(),
  }),
  migrationHash: z.string(),
  topics: z.object({ alerts: z.string() }),
  evidence: z.object({ bucket: z.string() }),
  fleet: z.object({ tenants: z.array(tenant).min(1), yachts: z.array(yacht).min(1) }),
  flags: z.object({
    rollout: place,
    killSwitch: place,
    armedVersion: z.coerce.number(),
    trippedVersion: z.coerce.number(),
    strategyIds: z.record(z.string(), z.string()),
  }),
  pin: z.object({ apiId: z.string(), integrationId: z.string(), liveUri: z.string() }),
});

/** The service layer's outputs, as far as the local host's commands need them. */
export type ServiceOutputs = z.infer<typeof service>;
export type TenantPlace = z.infer<typeof tenant>;
export type FlagPlaces = ServiceOutputs["flags"];
/** What the pin points elsewhere, and where it points otherwise. */
export type PinPlace = ServiceOutputs["pin"];

/** Throws a ZodError when the program puts out something else. */
export function serviceOutputs(outputs: unknown): ServiceOutputs {
  return service.parse(outputs);
}

/** MASTER lies on the first tenant's cluster locally: there is but one. */
export function masterPlace({ fleet }: ServiceOutputs): Omit<TenantPlace, "id"> {
  const [{ host, port }] = fleet.tenants as [TenantPlace];
  return { host, port, database: masterDatabaseName };
}
