import * as z from "zod";
import { type StageName, stageNames } from "../../flags/plan.ts";
import { codeStamp } from "./code-stamp.ts";
import { rollbackOriginNames } from "./rollback-origin.ts";

/** The words of a verdict. Source: design.md, decision 4. */
export type VerdictWord = "pass" | "fail" | "inconclusive";

const stage = z.enum(stageNames as [StageName, ...StageName[]]);
const stamp = { at: z.iso.datetime(), actor: z.string().min(1) };

/** What happens in a rollout, as it stands in the event log: one JSON object a line. */
export const rolloutEvent = z.discriminatedUnion("kind", [
  /** Moved to a stage, with the yachts that are on v2 from then on. */
  z.object({
    kind: z.literal("advanced"),
    ...stamp,
    to: stage,
    cohort: z.array(z.string()),
    /** Who updates the stack, where a runner holds the lease. */
    runner: z.string().min(1).optional(),
    /** What served when it was written. */
    code: codeStamp.optional(),
  }),
  /** The end of a bake. `details` keeps the criteria with their numbers. */
  z.object({
    kind: z.literal("judged"),
    ...stamp,
    stage,
    verdict: z.enum(["pass", "fail", "inconclusive"]),
    details: z.unknown().optional(),
    code: codeStamp.optional(),
  }),
  /** To a lower stage, with the lock that every rollback brings. */
  z.object({
    kind: z.literal("rolledBack"),
    ...stamp,
    to: stage,
    cause: z.string().min(1),
    alsoFiring: z.array(z.string()).default([]),
    /** Left out where a function of an alarm did it: that function tells of it, and collects, by itself. */
    origin: z.enum(rollbackOriginNames).optional(),
    details: z.unknown().optional(),
  }),
  z.object({ kind: z.literal("locked"), ...stamp, cause: z.string().min(1) }),
  /** A named person has read the cause: stages may rise again. */
  z.object({ kind: z.literal("acknowledged"), ...stamp, reason: z.string().min(1) }),
  /** The alias was moved back to the last known-good version. */
  z.object({
    kind: z.literal("codeRolledBack"),
    ...stamp,
    from: codeStamp,
    to: codeStamp,
    cause: z.string().min(1),
  }),
  /** Nothing rises until it is resumed; going down and judging go on. */
  z.object({ kind: z.literal("held"), ...stamp, reason: z.string().min(1) }),
  z.object({ kind: z.literal("resumed"), ...stamp, reason: z.string().min(1).optional() }),
  /** A named person lets the rollout go to that stage, once. */
  z.object({ kind: z.literal("approved"), ...stamp, stage, reason: z.string().min(1).optional() }),
  /** The runner lease: from now on only this runner raises the rollout. */
  z.object({ kind: z.literal("leased"), ...stamp, runner: z.string().min(1) }),
  z.object({ kind: z.literal("released"), ...stamp, runner: z.string().min(1) }),
  /** A named person says that the runner is gone. */
  z.object({ kind: z.literal("unlocked"), ...stamp, reason: z.string().min(1) }),
  /** A named person in that role stands for the rollout as it is now. */
  z.object({ kind: z.literal("signedOff"), ...stamp, name: z.string().min(1), role: z.string().min(1) }),
  /** Production-ready: every criterion held from then to then. `details` keeps them with their numbers. */
  z.object({
    kind: z.literal("declared"),
    ...stamp,
    from: z.iso.datetime(),
    to: z.iso.datetime(),
    details: z.unknown().optional(),
  }),
]);

export type RolloutEvent = z.infer<typeof rolloutEvent>;
