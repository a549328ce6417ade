import type { Measure, StageName } from "../../../flags/plan.ts";
import type { CauseKey } from "../../../monitoring/alarms.ts";
import type { SectionName } from "../../../monitoring/incident/collected.ts";
import type { WayDown } from "../../../monitoring/report/timeline.ts";
import type { VerdictWord } from "../../../monitoring/rollout/event.ts";
import type { moments } from "../rehearsal/options.ts";
import type { Scene } from "../rehearsal/scene.ts";

export type RisenStage = Exclude<StageName, "off">;

/** How a stage with a fault in it must end. Seconds are virtual, with AWS's delays. */
export type Expectation =
  | {
      /** Back to 0; one of these alarms is the first to fire. */
      readonly rollback: readonly CauseKey[];
      /** From the cause to the condition, at most. */
      readonly withinSeconds: number;
    }
  | {
      /** Nothing fires; this is what the judge says at the end of the bake. A failure leads one stage down. */
      readonly verdict: VerdictWord;
      /** The criterion that must be among those that did not pass. */
      readonly measure?: Measure;
    };

/** What a fault says of itself, whether an API meets it or metrics are replayed. */
export interface Script {
  readonly description: string;
  /** By the stage that the fault begins in. */
  readonly expected: Readonly<Record<RisenStage, Expectation>>;
  /** The stages at which the matrix plays it. */
  readonly at: readonly RisenStage[];
  /** When in those stages; left out: while they bake. */
  readonly moments?: readonly (typeof moments)[number][];
  /** The way down that must work alone; left out: either may be first. */
  readonly way?: WayDown;
  /** It shows in signed actions alone: the stage's begin with it. Left out: there are none from then on. */
  readonly signs?: true;
  /** It does not end when v2 is off: somebody has to repair it before anything else goes on. */
  readonly lasting?: true;
  /** The process dies in the middle of requests: what it has not printed by then, nobody can count. */
  readonly losesLines?: true;
  /** It is there from the first minute of the bake, and not from the eleventh on. */
  readonly fromStart?: true;
  /** The exposure cannot be seen any more, or is no longer what was planned. */
  readonly hidesExposure?: true;
  /** From the cause on v2 serves nobody after so many virtual seconds, though nothing rolled back. */
  readonly v2OffWithinSeconds?: number;
  /** What its rollback cannot leave in the record of the incident, each with the reason; all the rest is asked for. */
  readonly notLeft?: NotLeft;
  /** In the middle of the bake whoever judges is gone, and another goes on from the log. */
  readonly judgeCrashes?: true;
  /** What else has to hold once the judge has spoken, a sentence for each thing that does not. */
  proves?(scene: Scene): Promise<readonly string[]>;
}

/** What the record of a rollback consists of, in a reader's words. Source: domain.md, "Rolling back". */
export const recordParts = {
  record: "anything that can be read",
  v1: "the proof of v1",
  contacts: "what each contact was told",
  collection: "all that is to be collected",
  postmortem: "a postmortem's draft",
} as const;

export type RecordPart = keyof typeof recordParts;

/** Reasons, by the part that is not there; of the collection also by a file alone. */
export type NotLeft = Readonly<Partial<Record<RecordPart | SectionName, string>>>;

/**
 * How long the alarms may take from the cause on, in seconds: the window that they look back over, the traffic that
 * fills it, AWS's ingestion and evaluation; for the data also the minute until the next check. Five minutes by definition for what must be sustained. Source: domain.md, "Two times".
 */
export const bounds = { tenSeconds: 60, minute: 150, dataCheck: 180, fiveMinutes: 370 } as const;

/** The same at every stage. */
export function atEveryStage(expectation: Expectation): Script["expected"] {
  return {
    "canary-5": expectation,
    "ramp-20": expectation,
    "ramp-50": expectation,
    "full-100": expectation,
  };
}

export function rollsBackBy(rollback: readonly CauseKey[], withinSeconds: number): Expectation {
  return { rollback, withinSeconds };
}

/** The judge's word on the stage, and the criterion it depends on. */
export function ends(verdict: VerdictWord, measure?: Measure): Expectation {
  return { verdict, ...(measure && { measure }) };
}

/** What was not asked of a record, a line each. */
export function notAskedLines(notLeft: NotLeft = {}): string[] {
  return Object.entries(notLeft).map(
    ([part, reason]) =>
      `not asked of the record: ${part in recordParts ? recordParts[part as RecordPart] : `collected ${part}`} (${reason})`,
  );
}

/** How an expectation reads in a table. */
export function textOf(expectation: Expectation): string {
  if ("rollback" in expectation) return expectation.rollback.join(" or ");
  const { verdict, measure } = expectation;
  return `no rollback, ${verdict}${measure ? ` by ${measure}` : ""}`;
}
