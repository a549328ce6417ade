import type { StageName } from "../../flags/plan.ts";
import { alarmsIn, type LiveView } from "./live-view.ts";
import { type ExpectedTraffic, lintPlan, unprovableLines } from "./plan-lint.ts";
import { pinnedText } from "./projection.ts";
import { catalogueText, type DatabasesSeen, migrationText } from "./service-checks.ts";
import {
  heldText,
  leasedText,
  lockedText,
  mayAdvance,
  nextStage,
  type RolloutState,
  unapprovedText,
  unprovenText,
} from "./state.ts";

/** One thing that a rise needs. `text` says how it stands, and what to do where it does not hold. */
export interface Requirement {
  readonly what: string;
  readonly holds: boolean;
  readonly text: string;
}

export interface PreflightInputs {
  readonly state: RolloutState;
  readonly live: LiveView;
  readonly to: StageName;
  /** Who asks, where a runner holds the lease. */
  readonly runner?: string | undefined;
  /** Undefined: not known, and not checked. */
  readonly traffic?: ExpectedTraffic | undefined;
  /** Undefined: not looked at, and not checked. */
  readonly databases?: DatabasesSeen | undefined;
}

/** Everything that going to that stage needs, each on its own, so that a refusal names all that is missing. */
export function preflight(inputs: PreflightInputs): Requirement[] {
  const { state, live, to, runner } = inputs;
  const lock = live.lock.locked ? live.lock : state.lock;
  const foreign = state.lease && state.lease.runner !== runner ? state.lease : undefined;
  const requirements = [
    requirement("order", orderText(state, to), `after ${state.stage} comes ${to}`),
    requirement("lock", lock && lockedText(lock as { cause: string; at: string }), "not locked"),
    requirement("pin", live.pin?.pinned ? pinnedText(live.pin) : undefined, "not pinned to v1"),
    requirement("hold", state.hold && heldText(state.hold), "nobody holds it"),
    requirement("lease", foreign && leasedText(foreign), "no other runner"),
    requirement("verdict", unprovenText(state, to), `${state.stage} has what it needs`),
    requirement("approval", unapprovedText(state, to), "none is missing"),
    requirement("deployment", deploymentText(live), "none is running"),
    requirement("alarms", alarmsText(live), `all ${Object.keys(live.alarms).length} are OK`),
    requirement("alarm actions", unarmedText(live), "every alarm would act"),
    requirement("drift", driftText(state, live), "document, cap and log agree"),
  ];
  return [...requirements, ...databaseRequirements(inputs), ...trafficRequirements(inputs)];
}

function databaseRequirements({ databases }: PreflightInputs): Requirement[] {
  if (!databases) return [];
  return [
    requirement("migrations", migrationText(databases), "every database is at this build's SQL"),
    requirement("catalogue", catalogueText(databases), "grants, policies and views are as migrated"),
  ];
}

function trafficRequirements({ to, traffic }: PreflightInputs): Requirement[] {
  if (!traffic) return [];
  const unproven = lintPlan(traffic).filter(({ stage }) => stage === to);
  const text = unprovableLines(unproven)
    .map((one) => `${to} cannot prove ${one.text}`)
    .join("; ");
  return [requirement("traffic", text || undefined, "enough for a proof")];
}

/** What is missing, a sentence each; empty when the rollout may rise. */
export function obstacles(inputs: PreflightInputs): string[] {
  const missing = preflight(inputs).filter(({ holds }) => !holds);
  if (missing.length > 0) return missing.map(({ text }) => text);
  // The reducer has the last word: what it would ignore is never deployed.
  const refusal = mayAdvance(inputs.state, inputs.to, inputs.runner);
  return refusal ? [refusal] : [];
}

function requirement(what: string, problem: string | undefined, otherwise: string): Requirement {
  return { what, holds: problem === undefined, text: problem ?? otherwise };
}

function orderText(state: RolloutState, to: StageName): string | undefined {
  const next = nextStage(state);
  if (next === to) return undefined;
  if (!next) return `the rollout is at ${state.stage}, the last stage: there is nothing to advance to`;
  return `the next stage is ${next}, not ${to}: stages are gone through one by one, and down with "rollback --to"`;
}

function deploymentText({ deployment }: LiveView): string | undefined {
  if (!deployment) return undefined;
  const { number, state, endsAt } = deployment;
  return `deployment ${number} is ${state}${endsAt ? ` until ${endsAt}` : ""}: wait for its end`;
}

/** An alarm without data sees nothing: AppConfig would undo the deployment, and nobody would be warned. */
function alarmsText(live: LiveView): string | undefined {
  if (Object.keys(live.alarms).length === 0) return "no alarm is known: nothing would notice a failure";
  const parts = (
    [
      ["ALARM", "is in ALARM"],
      ["INSUFFICIENT_DATA", "has no data yet (INSUFFICIENT_DATA)"],
    ] as const
  ).flatMap(([state, text]) => alarmsIn(state, live).map((key) => `${key} ${text}`));
  return parts.length > 0 ? `${parts.join(", ")}: wait until every alarm is OK` : undefined;
}

/** An alarm in the state OK whose actions somebody has switched off tells nobody and stops nothing. */
export function unarmedText({ unarmed }: Pick<LiveView, "unarmed">): string | undefined {
  if (unarmed.length === 0) return undefined;
  return (
    `${unarmed.join(", ")} would do nothing: its actions are off, or it is not there; ` +
    "update the service layer, which makes every alarm with its actions on"
  );
}

function driftText(state: RolloutState, { documentStage, cap, percent }: LiveView): string | undefined {
  if (documentStage !== state.stage) {
    return `the live flag document is of ${documentStage}, the rollout is at ${state.stage}: "npm run rollout -- rollback" brings both to off`;
  }
  if (cap === null || percent === null) {
    return "the service does not say what it serves: see that it answers, and try again";
  }
  if (cap !== 100)
    return 'the kill switch is at 0: "npm run rollout -- acknowledge --reason …" arms it again';
  if (percent === state.percent) return undefined;
  return `the service serves ${percent} %, the rollout stands at ${state.percent} %: wait until it has read the document`;
}
