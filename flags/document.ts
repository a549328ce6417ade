import { createHash } from "node:crypto";
import type { FlagKey } from "./keys.ts";
import { plan, stageOf } from "./plan.ts";

/** A flag in flagd's JSON format. */
interface FlagdFlag {
  readonly state: "ENABLED";
  readonly variants: Readonly<Record<string, boolean | number>>;
  readonly defaultVariant: string;
  readonly targeting?: unknown;
}

export interface RolloutExposure {
  readonly stage: string;
  readonly cohort: readonly string[];
  readonly holdOuts: readonly string[];
}

/**
 * The document of a stage as flagd's JSON: the percent an operator reads and the boolean that the code asks per
 * `yachtId`. It lists the yachts, so that the diff of two stages names who is newly exposed.
 * Throws a RangeError for an unknown stage, and for a cohort at 0 percent. Source: domain.md, "The rollout".
 */
export function rolloutDocument({ stage, cohort, holdOuts }: RolloutExposure): string {
  const { percent } = stageOf(stage);
  if (percent === 0 && cohort.length > 0)
    throw new RangeError(`stage "${stage}" exposes nobody, not ${cohort.length} yachts`);
  const flags = {
    PART_LENS_V2_ENABLED_PERCENT: {
      state: "ENABLED",
      variants: Object.fromEntries(plan.map((each) => [each.stage, each.percent])),
      defaultVariant: stage,
    },
    PART_LENS_V2: {
      state: "ENABLED",
      variants: { on: true, off: false },
      defaultVariant: "off",
      targeting: targetingOf(cohort, holdOuts),
    },
  } satisfies Partial<Record<FlagKey, FlagdFlag>>;
  return textOf({ flags, metadata: { stage, percent } });
}

/** The kill switch's document: v2 serves only where its cap is 100. Pulumi deploys the first, a rollback the other. */
export function capDocument(cap: 0 | 100): string {
  const flags = {
    PART_LENS_V2_CAP: {
      state: "ENABLED",
      variants: { closed: 0, open: 100 },
      defaultVariant: cap === 0 ? "closed" : "open",
    },
  } satisfies Partial<Record<FlagKey, FlagdFlag>>;
  return textOf({ flags, metadata: { cap } });
}

/** What identifies a document in a response header and in evidence: the first 12 hex digits of its sha256. */
export function documentHash(content: string): string {
  return createHash("sha256").update(content).digest("hex").slice(0, 12);
}

/** Hold-outs come first, so that a yacht in both lists stays on v1. */
function targetingOf(cohort: readonly string[], holdOuts: readonly string[]): unknown {
  const yachtIn = (list: readonly string[]) => ({ in: [{ var: "yachtId" }, [...list].sort()] });
  return { if: [yachtIn(holdOuts), "off", yachtIn(cohort), "on", "off"] };
}

/** Keys in the order written above, one yacht a line: the same input gives the same bytes. */
function textOf(document: object): string {
  return `${JSON.stringify(document, null, 2)}\n`;
}
