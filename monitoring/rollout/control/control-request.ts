import { z } from "zod";
import { type StageName, stageNames } from "../../../flags/plan.ts";

export const verbs = [
  "status",
  "explain",
  "report",
  "advance",
  "hold",
  "resume",
  "approve",
  "rollback",
  "acknowledge",
  "unlock",
  "sign-off",
  "declare",
  "watch",
] as const;
export type Verb = (typeof verbs)[number];

const stage = z.enum(stageNames as [StageName, ...StageName[]]);

/** What a verb is asked with: the body of a control request. `watch` is one round of the runner, `judge` one look of the judge. */
export const controlRequest = z.strictObject({
  verb: z.enum([...verbs, "lease", "release", "judge"]),
  actor: z.string().min(1).max(200),
  reason: z.string().max(2000).optional(),
  stage: stage.optional(),
  /** Of a rollback: the last known-good version of the code, too. */
  code: z.boolean().optional(),
  runner: z.string().min(1).max(200).optional(),
  /** Requests a minute that the fleet is expected to send. */
  traffic: z.number().min(0).optional(),
  bakeMinutes: z.number().min(0).optional(),
  /** Who signs off. */
  name: z.string().max(200).optional(),
  role: z.string().max(200).optional(),
});
export type ControlRequest = z.infer<typeof controlRequest>;

/** How it ended: 0 done, 1 refused, 2 could not. */
export interface ControlResult {
  readonly exit: 0 | 1 | 2;
  readonly text: string;
  /** What `--json` prints. */
  readonly data: unknown;
}

export function done(text: string, data: unknown): ControlResult {
  return { exit: 0, text, data };
}

export function refused(text: string, missing?: readonly string[]): ControlResult {
  return { exit: 1, text, data: { refused: text, ...(missing && { missing }) } };
}

/** A line of the answer: how the work goes, and in the end the result. */
export type ControlLine = { readonly progress: string } | { readonly result: ControlResult };
