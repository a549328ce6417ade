import { z } from "zod";
import { type CodeStamp, codeStamp } from "../code-stamp.ts";

const place = z.object({ applicationId: z.string(), environmentId: z.string(), profileId: z.string() });

const facts = z.object({
  apiUrl: z.url(),
  flags: z.object({
    rollout: place,
    killSwitch: place,
    /** Of the cap's versions 100 and 0. */
    armedVersion: z.coerce.number(),
    trippedVersion: z.coerce.number(),
    /** The id of the strategy with that bake, by its minutes. */
    strategyIds: z.record(z.string(), z.string()),
  }),
  /** What the pin points elsewhere, and where it points otherwise. */
  pin: z.object({ apiId: z.string(), integrationId: z.string(), liveUri: z.string() }),
  /** Where the event log lies. */
  evidenceBucket: z.string(),
  /** Where the contacts are told. Left out by a layer that was updated before. */
  alertsTopicArn: z.string().optional(),
  /** How many tenants v1 must read to prove that it answers. Left out by a layer that was updated before. */
  tenants: z.int().min(1).optional(),
  /** The SQL that the databases must be at. */
  migrationHash: z.string(),
  /** The code behind the aliases; null where nothing recorded it. Left out by a layer that was updated before. */
  code: z
    .object({
      version: z.string(),
      hash: z.string().nullable(),
      migrationHash: z.string().nullable(),
      tables: codeStamp.shape.tables.nullable(),
    })
    .optional(),
  /** The name of the API's function. */
  apiFunction: z.string().optional(),
  /** The function that looks into the databases, which no other place reaches. */
  checksFunction: z.string(),
});

/** The ids that the verbs need, written by the service layer, so that going down needs neither Pulumi nor a checkout. */
export type ServiceFacts = z.infer<typeof facts>;
/** A document's place in AppConfig. */
export type DocumentPlace = z.infer<typeof place>;

/** SSM's parameter for them. It holds no secret. */
export function serviceParameter(environment: string): string {
  return `/part-lens/${environment}/service`;
}

/** Throws a ZodError or a SyntaxError for what the service layer has not written. */
export function serviceFacts(text: string): ServiceFacts {
  return facts.parse(JSON.parse(text));
}

/** The code that the facts name; undefined where they do not know all of it. */
export function servedCode({ code }: Pick<ServiceFacts, "code">): CodeStamp | undefined {
  return codeStamp.safeParse({ ...code, version: Number(code?.version) }).data;
}
