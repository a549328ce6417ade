import type { RolloutEvent } from "../event.ts";

/** Who asks, and when (ISO time). */
export interface Caller {
  readonly actor: string;
  readonly at: string;
  /** Of the process that carries the rollout on, where one does. */
  readonly runner?: string | undefined;
}

/** What a verb does: the events to record, and what to tell. What follows from the events is the adapter's. */
export interface Accepted {
  readonly events: readonly RolloutEvent[];
  readonly text: string;
}

/** Why a verb does nothing, and what to do about it. */
export interface Refused {
  readonly refused: string;
  /** Everything that stands against it, an item each, where that is a list. */
  readonly missing?: readonly string[];
}

export type Decision = Accepted | Refused;

export function isRefused(decision: Decision): decision is Refused {
  return "refused" in decision;
}

/** The caller's stamp on an event. */
export function stampOf({ actor, at }: Caller): { readonly actor: string; readonly at: string } {
  return { actor, at };
}

/** A reason that says something; undefined otherwise. */
export function given(reason: string | undefined): string | undefined {
  const text = reason?.trim();
  return text ? text : undefined;
}
