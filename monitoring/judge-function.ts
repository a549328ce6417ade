import * as z from "zod";
import { openCloud } from "./rollout/aws/cloud-adapter.ts";
import type { StackUpdates } from "./rollout/aws/cloud-place.ts";
import { RolloutControl } from "./rollout/control/rollout-control.ts";

const variables = z.object({
  STACK_ENVIRONMENT: z.string().min(1),
  /** What every alarm's name starts with. */
  ALARM_PREFIX: z.string().min(1),
});

/** What infra must supply to the function. All of it is text. */
export type JudgeVariables = z.infer<typeof variables>;

/** The look could not be done: the next one is a minute later, and people are told when many fail. */
export class JudgeFailedError extends Error {
  override readonly name = "JudgeFailedError";
}

/** It never raises, and so needs no stack update. */
const none: StackUpdates = {
  raise: () => Promise.reject(new JudgeFailedError("the judge raises nothing")),
  yachts: () => Promise.reject(new JudgeFailedError("the judge knows no fleet")),
};

/**
 * The Lambda entry: one look at the rollout. It records a rollback that happened outside the log, judges a stage whose
 * bake is over, and goes back where a check has failed. It never raises anything. Throws JudgeFailedError, and what
 * AWS's clients throw.
 */
export async function handler(): Promise<unknown> {
  const { STACK_ENVIRONMENT: environment, ALARM_PREFIX: alarmPrefix } = variables.parse(process.env);
  const note = (text: string) => console.log(JSON.stringify({ judge: text }));
  const control = new RolloutControl(await openCloud({ environment, alarmPrefix, stack: none, note }));
  const { exit, text, data } = await control.perform({ verb: "judge", actor: "judge" }, note);
  note(text);
  if (exit === 2) throw new JudgeFailedError(text);
  return data;
}
