import { describe, expect, it } from "vitest";
import type { Ask } from "../../../infra/update/cloud-control.ts";
import { watchLoop } from "../../../infra/update/watch-loop.ts";
import type { ControlResult } from "../../../monitoring/rollout/control/control-request.ts";

const step = (what: string): ControlResult => ({ exit: 0, text: what, data: { step: { do: what } } });
const named = (name: string) => Object.assign(new Error(`${name} happened`), { name });

/** Answers the rounds one after the other; the lease is always given. */
function control(...rounds: (ControlResult | Error)[]) {
  const verbs: string[] = [];
  const ask: Ask = async ({ verb }) => {
    verbs.push(verb);
    if (verb !== "watch") return { exit: 0, text: verb, data: {} };
    const round = rounds.shift() ?? step("done");
    if (round instanceof Error) throw round;
    return round;
  };
  return { verbs, run: () => watchLoop(ask, { verb: "watch", actor: "ci" }, () => undefined, 1) };
}

describe("the runner", () => {
  it("outlives rounds that fail for a while, and gives the lease back in the end", async () => {
    const { verbs, run } = control(
      step("wait"),
      named("ThrottlingException"),
      named("TimeoutError"),
      step("wait"),
    );
    expect(await run()).toMatchObject({ exit: 0, text: "done" });
    expect(verbs).toEqual(["lease", "watch", "watch", "watch", "watch", "watch", "release"]);
  });

  it.each(["StackNotUp", "CloudOutOfReach", "CorruptLogError"])("ends at once with %s", async (name) => {
    const { verbs, run } = control(step("wait"), named(name));
    await expect(run()).rejects.toThrow(`${name} happened`);
    expect(verbs).toEqual(["lease", "watch", "watch", "release"]);
  });

  it("does not go on for ever when every round fails", async () => {
    const { run } = control(...Array.from({ length: 400 }, () => named("ThrottlingException")));
    await expect(run()).rejects.toThrow("ThrottlingException happened");
  });

  it("ends refused where a person is needed", async () => {
    expect(await control(step("wait"), step("stop")).run()).toMatchObject({ exit: 1, text: "stop" });
  });
});
