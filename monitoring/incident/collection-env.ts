import * as z from "zod";

const place = z
  .string()
  .regex(/^[^/]+\/[^/]+\/[^/]+$/, "must be <application>/<environment>/<profile>")
  .transform((text) => text.split("/") as [string, string, string])
  .transform(([application, environment, profile]) => ({ application, environment, profile }));

/** The variables of a function that collects what is known of an incident. */
export const collectionShape = {
  STACK_ENVIRONMENT: z.string().min(1),
  /** "<applicationId>/<environmentId>/<profileId>" */
  KILL_SWITCH: place,
  /** The same for the flag document, which is only read. */
  FLAG_DOCUMENT: place,
  API_URL: z.url().transform((url) => url.replace(/\/+$/, "")),
  /** Where the rollout's parameters are; the lock is one of them. */
  PARAMETER_PATH: z.string().startsWith("/"),
  ALARM_PREFIX: z.string().min(1),
  /** The API's function: its log is read. */
  API_FUNCTION: z.string().min(1),
  MIGRATION_HASH: z.string().min(1),
  /** How long a part may take. */
  COLLECTION_SECONDS: z.coerce.number().positive().default(15),
} as const;

const schema = z.object(collectionShape);

/** What is collected from. */
export type CollectionEnv = z.infer<typeof schema> & {
  /** The log of whoever went down. Left out: it is not collected. */
  readonly ownLog?: string | undefined;
};
