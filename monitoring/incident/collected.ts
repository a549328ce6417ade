import * as z from "zod";
import { rollbackMove } from "./rollback-move.ts";

/** ISO time. */
const time = z.string();
const point = z.tuple([time, z.number()]);

/** What is collected for an incident, a file each in canonical JSON. Times are AWS's own, in UTC. */
export const collectedSections = {
  /** The rollback itself, as far as it had come. */
  run: z.object({
    environment: z.string(),
    way: z.string(),
    mode: z.enum(["rollback", "alert", "drill"]),
    incident: z.string(),
    transition: z.string(),
    /** The alarm's, where one was the reason. */
    message: z
      .object({
        AlarmName: z.string(),
        AlarmArn: z.string().optional(),
        NewStateReason: z.string(),
        StateChangeTime: z.string(),
      })
      .optional(),
    /** Where a verb, the judge or AppConfig was. */
    move: rollbackMove.optional(),
    percentBefore: z.number().optional(),
    cause: z.string(),
    alsoFiring: z.array(z.string()),
    startedAt: time,
    steps: z.array(
      z.object({
        step: z.string(),
        ok: z.boolean(),
        /** Milliseconds from the function's start. */
        after: z.number(),
        milliseconds: z.number(),
        detail: z.string(),
      }),
    ),
  }),
  /** Every alarm of the environment with its state. */
  alarms: z.array(
    z.object({ key: z.string(), state: z.string(), since: time.optional(), reason: z.string() }),
  ),
  /** Both versions by the minute; the key is the metric's, for the latency with its percentile. */
  metrics: z.object({
    from: time,
    to: time,
    v1: z.record(z.string(), z.array(point)),
    v2: z.record(z.string(), z.array(point)),
  }),
  /**
   * The stage that was left, who was on v2 in it, and what v2 did since it was entered; `since` is missing where no
   * move there is recorded.
   */
  exposure: z.object({
    since: time.optional(),
    stage: z.string().optional(),
    cohort: z.array(z.string()).optional(),
    totals: z.record(z.string(), z.number()),
  }),
  /**
   * Requests that v2 answered, by the yacht that they named, counted from its log; a failure is a 5xx. `cut`: there
   * were more. `from` is later than the exposure where that is longer than is looked back.
   */
  yachts: z.object({
    from: time,
    counts: z.array(z.object({ yacht: z.string(), requests: z.number(), failures: z.number() })),
    cut: z.boolean(),
  }),
  /** Lines of the minutes before, redacted; `cut`: there were more. */
  logs: z.object({
    from: time,
    failures: z.array(z.object({ at: time, message: z.string() })),
    crashes: z.array(z.object({ at: time, message: z.string() })),
    own: z.array(z.object({ at: time, message: z.string() })),
    cut: z.array(z.string()),
  }),
  /** What v2 changed in those minutes, counted from its log by action, tenant and status. */
  mutations: z.object({
    from: time,
    counts: z.array(
      z.object({ action: z.string(), tenant: z.string(), status: z.number(), count: z.number() }),
    ),
    cut: z.boolean(),
  }),
  /** The flag document and the cap that the functions are handed out. */
  documents: z.object({
    flags: z.object({ version: z.string(), hash: z.string(), content: z.unknown() }).optional(),
    cap: z.object({ version: z.string(), hash: z.string(), content: z.unknown() }).optional(),
  }),
  /** The last ones of both environments, newest first. */
  deployments: z.object({
    rollout: z.array(
      z.object({
        number: z.number(),
        version: z.string(),
        state: z.string(),
        startedAt: time.optional(),
        completedAt: time.optional(),
      }),
    ),
    killSwitch: z.array(
      z.object({
        number: z.number(),
        version: z.string(),
        state: z.string(),
        startedAt: time.optional(),
        completedAt: time.optional(),
      }),
    ),
  }),
  /** The rollout's parameters: lock, last move, cohort, code. */
  rollout: z.record(z.string(), z.unknown()),
  /** What ran. */
  stamps: z.object({
    codeVersion: z.string().optional(),
    migrationHash: z.string(),
    flagHash: z.string().optional(),
  }),
  /** The end of the rollout's event log. */
  events: z.array(z.looseObject({ kind: z.string(), at: time, actor: z.string().optional() })),
} as const satisfies Record<string, z.ZodType>;

export type SectionName = keyof typeof collectedSections;
export type Collected = { readonly [Name in SectionName]: z.infer<(typeof collectedSections)[Name]> };
export const sectionNames = Object.keys(collectedSections) as readonly SectionName[];

/** What was collected, and that it is unchanged; `missing` says why something is not there. */
export const collectionManifest = z.object({
  incident: z.string(),
  collectedAt: time,
  files: z.record(z.string(), z.object({ sha256: z.string(), bytes: z.int() })),
  missing: z.record(z.string(), z.string()),
});
export type CollectionManifest = z.infer<typeof collectionManifest>;
