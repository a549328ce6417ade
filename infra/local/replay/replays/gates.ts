/** Nothing is wrong with v2: what has to be refused on the way up is. */

import { obstacles } from "../../../../monitoring/rollout/preflight.ts";
import { nextStage } from "../../../../monitoring/rollout/state.ts";
import { alarmPrefix } from "../../../naming.ts";
import { LocalView } from "../../../update/local-view.ts";
import { atEveryStage, ends } from "../../faults/script.ts";
import type { Scene } from "../../rehearsal/scene.ts";
import type { Replay } from "../replay.ts";
import type { ReplayStack } from "../replay-stack.ts";

const passes = { expected: atEveryStage(ends("pass")), leaves: () => ({}) } satisfies Partial<Replay>;
const renewed = "rlsLeak";

/** AppConfig takes an alarm without data for one that fires, and nobody would be warned by it. */
export const newAlarmWithoutData: Replay = {
  ...passes,
  description: `the alarm ${renewed} is made anew after the bake, and has no data yet`,
  at: ["canary-5", "ramp-50"],
  async proves(scene) {
    renewAlarm(scene.parts.stack as ReplayStack);
    return mustMention(await obstaclesOf(scene), `${renewed} has no data yet`);
  },
};

/** A second deployment in the same environment is a conflict: the update would hang on it. */
export const deploymentRunning: Replay = {
  ...passes,
  description: "somebody else's deployment bakes in the rollout's environment when the next stage is due",
  at: ["canary-5"],
  async proves(scene) {
    const { stack, service, rollout } = scene.parts;
    const { rollout: place, strategyIds } = service.flags;
    const { version } =
      stack.aws.appConfig.live(place.applicationId, place.environmentId, place.profileId) ?? {};
    if (version === undefined) return ["no document is live"];
    const strategyId = String(strategyIds["60"]);
    stack.aws.appConfig.startDeployment({ ...place, version, strategyId, description: "somebody else's" });
    const problems = mustMention(await obstaclesOf(scene), "is BAKING");
    // Down is never in the way of it: whoever goes down stops what runs.
    rollout.stopDeployments();
    return problems;
  },
};

/** A stage without an advance for that very step: the program itself refuses. Source: design.md, decision 6. */
export const checkoutRaises: Replay = {
  ...passes,
  description: "a checkout says the next stage, and nobody has advanced",
  at: ["canary-5", "ramp-50"],
  async proves({ parts }) {
    const before = await parts.rollout.state();
    const to = nextStage(before) as string;
    const refused = await parts.stack.update("rollout", { "part-lens:rolloutStage": to }).then(
      () => "it was deployed",
      (error: Error) => error.message,
    );
    const problems = mustMention([refused], `no advance to ${to} is recorded`);
    return parts.rollout.liveStage() === before.stage
      ? problems
      : [...problems, `the live document is of ${to}`];
  },
};

async function obstaclesOf({ parts }: Scene): Promise<readonly string[]> {
  const state = await parts.rollout.state();
  const to = nextStage(state);
  if (!to) return [];
  const live = await new LocalView(parts.stack, parts.service).live();
  return obstacles({ state, live, to });
}

function mustMention(said: readonly string[], text: string): string[] {
  return said.some((one) => one.includes(text))
    ? []
    : [`not refused with "${text}": ${said.join("; ") || "nothing"}`];
}

function renewAlarm(stack: ReplayStack): void {
  const name = `${alarmPrefix("local")}${renewed}`;
  const found = stack.resources("service").find(({ inputs }) => inputs.name === name);
  stack.aws.alarms.delete(name);
  stack.aws.alarms.putMetricAlarm(found?.inputs);
}

/** What is known of the rollout is its log: whoever comes after the one who died goes on from there. */
export const judgeCrash: Replay = {
  ...passes,
  description: "the judge dies in the middle of the bake, and another goes on from the log",
  at: ["canary-5", "ramp-50"],
  judgeCrashes: true,
};

/** The same with something to find: the part of the bake before the crash counts. */
export const judgeCrashWithErrors: Replay = {
  description: "v2 has answered 500 three times when the judge dies in the middle of the bake",
  expected: atEveryStage(ends("fail", "serverErrors")),
  at: ["canary-5"],
  judgeCrashes: true,
  leaves: ({ version, index }) => (version === "v2" && index < 3 ? { status: 500 } : {}),
};
