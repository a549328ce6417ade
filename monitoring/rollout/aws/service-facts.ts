import { z } from "zod";

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
  /** The SQL that the databases must be at. */
  migrationHash: z.string(),
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
