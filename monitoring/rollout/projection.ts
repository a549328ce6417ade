import * as z from "zod";
import { type CohortYacht, cohortOf, runningCohort } from "../../flags/cohort.ts";
import { type StageName, stageNames, stageOf } from "../../flags/plan.ts";
import { codeStamp } from "./code-stamp.ts";
import type { CodeState } from "./code-state.ts";
import { lockedText, type RolloutState } from "./state.ts";

const stage = z.enum(stageNames as [StageName, ...StageName[]]);

const lockSchema = z.discriminatedUnion("locked", [
  z.object({ locked: z.literal(false) }),
  z.object({
    locked: z.literal(true),
    cause: z.string(),
    at: z.string(),
    /** No stage above this one may be deployed while the lock holds; the rollback function locks at off. */
    to: stage.default("off"),
    /** By the rollback function: the change of an alarm that it is set for, and what fired besides. */
    by: z.string().optional(),
    alsoFiring: z.array(z.string()).optional(),
    /** By a verb or the judge, where the log took nothing: who, and why. Whoever sets it by hand may say who they are. */
    actor: z.string().min(1).optional(),
    origin: z.string().optional(),
  }),
]);
const moveSchema = z.object({
  from: stage,
  to: stage,
  actor: z.string(),
  at: z.string(),
  /** Who is on v2 by this move: a yacht added later waits for the next stage. */
  cohort: z.array(z.string()).optional(),
});
/** Written by the pin function itself, and taken back by whoever acknowledges. */
const pinSchema = z.discriminatedUnion("pinned", [
  z.object({ pinned: z.literal(false) }),
  z.object({
    pinned: z.literal(true),
    cause: z.string(),
    at: z.string(),
    /** The change of an alarm that the pin's function has set it for. */
    by: z.string().optional(),
    /** The version that the pin moved the aliases to, where the code was the cause. */
    code: z.int().min(1).optional(),
  }),
]);
/** What the parameter `code` holds. */
export const codeRecord = z.object({
  /** The number of the version behind the alias, and its bundle's hash. */
  live: z.int().min(1),
  hash: z.string(),
  /** The number of the version whose full-100 passed last. */
  lastKnownGood: z.int().min(1).optional(),
  /** It was put back: no update moves the alias on until somebody acknowledges. */
  held: z.boolean(),
  at: z.string(),
  actor: z.string(),
  /** What is known of these versions. */
  stamps: z.array(codeStamp),
});
const cohortSchema = z.array(z.string());

/** What the program reads of the rollout: SSM holds it, the event log is the truth. */
export interface Projection {
  readonly lock: z.infer<typeof lockSchema>;
  /** The last recorded move, also downwards; none before the first. */
  readonly advance?: z.infer<typeof moveSchema>;
  readonly cohort: readonly string[];
  /** Which code serves and which one is known to be good; none before a move of the rollout has named it. */
  readonly code?: z.infer<typeof codeRecord>;
  /** No part of the event log: the second way down keeps its own record. None before it first acted. */
  readonly pin?: z.infer<typeof pinSchema> | undefined;
}

/** A parameter that is there and is not what it should be. */
export class MalformedParameterError extends Error {
  override name = "MalformedParameterError";
}

export function projectionOf(state: RolloutState): Projection {
  const { lock, lastMove, cohort } = state;
  return {
    lock: lock ? { locked: true, cause: lock.cause, at: lock.at, to: lock.to } : { locked: false },
    ...(lastMove && { advance: { ...lastMove, cohort: [...cohort] } }),
    cohort,
    ...(state.code && { code: codeOf(state.code) }),
  };
}

function codeOf({ live, lastKnownGood, held, at, actor }: CodeState): NonNullable<Projection["code"]> {
  const good = lastKnownGood && { lastKnownGood: lastKnownGood.version };
  const stamps = lastKnownGood && lastKnownGood.version !== live.version ? [live, lastKnownGood] : [live];
  return { live: live.version, hash: live.hash, ...good, held, at, actor, stamps };
}

/** The path under which an environment's parameters lie. */
export function parameterPath(environment: string): string {
  return `/part-lens/${environment}/rollout/`;
}

/** The projection as SSM parameters, name to JSON text; the pin's own is not among them. */
export function projectionParameters(environment: string, projection: Projection): Record<string, string> {
  const path = parameterPath(environment);
  return {
    [`${path}lock`]: JSON.stringify(projection.lock),
    ...(projection.advance && { [`${path}advance`]: JSON.stringify(projection.advance) }),
    [`${path}cohort`]: JSON.stringify(projection.cohort),
    ...(projection.code && { [`${path}code`]: JSON.stringify(projection.code) }),
  };
}

/** Reads the parameters back; without any (the first update) nothing was ever raised. Throws MalformedParameterError. */
export function projectionFrom(
  environment: string,
  parameters: Readonly<Record<string, string>>,
): Projection {
  const read = <T>(key: string, schema: z.ZodType<T>): T | undefined => {
    const name = `${parameterPath(environment)}${key}`;
    const text = parameters[name];
    if (text === undefined) return undefined;
    try {
      return schema.parse(JSON.parse(text));
    } catch (cause) {
      throw new MalformedParameterError(`the parameter ${name} is malformed: ${text}`, { cause });
    }
  };
  const advance = read("advance", moveSchema);
  const pin = read("pin", pinSchema);
  const code = read("code", codeRecord);
  return {
    lock: read("lock", lockSchema) ?? { locked: false },
    ...(advance && { advance }),
    cohort: read("cohort", cohortSchema) ?? [],
    ...(code && { code }),
    ...(pin && { pin }),
  };
}

/**
 * Why the program may not deploy that stage; undefined when it may. It may deploy what was last recorded and
 * everything below, so that going down is never refused; a lock lowers that to where the rollback went, the pin
 * to off: it may have acted where the way down that locks was broken. A rise needs its own `advance` record.
 * Without a projection the live state was not read: nothing is refused, say so.
 */
export function mayDeploy(wanted: StageName, projection: Projection | undefined): string | undefined {
  if (!projection) return undefined;
  const { lock, advance, pin } = projection;
  const { percent } = stageOf(wanted);
  const recorded = advance?.to ?? "off";
  if (lock.locked && percent > stageOf(lock.to).percent) return `${wanted} is refused: ${lockedText(lock)}`;
  if (pin?.pinned && percent > 0) return `${wanted} is refused: ${pinnedText(pin)}`;
  if (percent <= stageOf(recorded).percent) return undefined;
  return (
    `${wanted} is refused: the rollout stands at ${recorded} and no advance to ${wanted} is recorded; ` +
    'raise it with "npm run rollout -- advance"'
  );
}

/** What the pin says to whoever meets it. */
export function pinnedText(pin: { readonly cause: string; readonly at: string }): string {
  return (
    `v1 answers everyone since ${pin.at} because of ${pin.cause}: find the cause, then acknowledge it with ` +
    '"npm run rollout -- acknowledge --reason …"'
  );
}

/** The cohort of a stage for a fleet, given what is recorded: the recorded one if the stage is running already. */
export function plannedCohort(
  wanted: StageName,
  yachts: readonly CohortYacht[],
  projection: Projection | undefined,
): string[] {
  const { percent } = stageOf(wanted);
  const running = projection?.advance?.to === wanted ? projection.advance.cohort : undefined;
  return running
    ? runningCohort({ percent, yachts, previous: running })
    : cohortOf({ percent, yachts, previous: projection?.cohort });
}

/** The version that a way down has put the alias on: no update moves it while that holds. Undefined: none did. */
export function heldCode({ code, pin }: Projection): number | undefined {
  if (pin?.pinned && pin.code !== undefined) return pin.code;
  return code?.held ? code.live : undefined;
}
