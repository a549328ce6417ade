import { type StageName, stageNames } from "../../flags/plan.ts";

/**
 * The stages that a named person must approve, by environment: in production the first yachts and the step to
 * everybody. A stage that is not named rises by its proof alone.
 */
export const approvals = {
  local: [],
  dev: [],
  staging: ["full-100"],
  prod: ["canary-5", "full-100"],
} as const satisfies Record<string, readonly StageName[]>;

/** The stages that need an approval there: all of them in an environment that is not in the table. */
export function approvalsOf(environment: string): readonly StageName[] {
  return Object.hasOwn(approvals, environment)
    ? approvals[environment as keyof typeof approvals]
    : stageNames.slice(1);
}
