import { afterAll, expect, test } from "vitest";
import { RehearsalProcess } from "../../support/rehearsal-process.ts";

const rehearsal = new RehearsalProcess();
afterAll(() => rehearsal.close());

const limit = 180_000;

test.each([
  ["the kill switch", "kill-switch-broken", "pin", /AppConfig denies/],
  ["the pin", "pin-broken", "killSwitch", /API Gateway denies/],
] as const)(
  "with %s broken (%s), the other way down alone brings v2 to 0 within 60 s, and both are armed again (%s)",
  async (_, fault, way, said) => {
    const args = ["--fault", fault, "--at", "canary-5", "--until", "rollback"];
    const { code, output } = await rehearsal.run(args);
    const summary = rehearsal.summary();
    expect(summary.problems).toEqual([]);
    expect(code).toBe(0);
    expect(output).toMatch(said);
    expect(summary.rollbacks).toEqual([expect.objectContaining({ way, toStage: "off" })]);
    const [rollback] = summary.rollbacks;
    // With AWS's own delays: what is counted is alarm action, delivery, cold start, and what the way itself takes.
    expect(rollback?.conditionToDown).toBe(way === "pin" ? 19 : 29);
    expect(rollback?.conditionToDown).toBeLessThan(60);
  },
  limit,
);
