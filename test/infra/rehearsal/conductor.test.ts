import { expect, it } from "vitest";
import { VirtualClock } from "../../../infra/local/clock.ts";
import type { LocalStack } from "../../../infra/local/local-stack.ts";
import type { ApiRequest } from "../../../infra/local/rehearsal/api-request.ts";
import { Conductor } from "../../../infra/local/rehearsal/conductor.ts";
import type { Driver } from "../../../infra/local/rehearsal/driver.ts";
import { MetricTimes } from "../../../infra/local/rehearsal/metric-times.ts";
import { Observations } from "../../../infra/local/rehearsal/observations.ts";
import { connections } from "../../../infra/local/rehearsal/real-stage.ts";
import type { SignedActions } from "../../../infra/local/rehearsal/signed-actions.ts";
import type { Tokens } from "../../../infra/local/rehearsal/tokens.ts";
import type { TrafficPlan } from "../../../infra/local/rehearsal/traffic-plan.ts";
import { alarms } from "../../../monitoring/alarms.ts";

const request = (id: string, kind: ApiRequest["kind"]): ApiRequest => ({
  ...{ id, kind, yachtId: "yacht-1", userId: "user-1", role: "captain" },
  ...{ method: "GET", path: "/parts/low-stock", expected: [200] },
});

/** Carries minutes in which one request is due in each slot, and a captain always has a code left. */
function conducted() {
  const clock = new VirtualClock(0);
  const times = new MetricTimes();
  const sent: string[] = [];
  let asked = 0;
  const slots = Array.from({ length: 6 }, (_, slot) => ({ slot, second: slot * 10 + 1 }));
  const conductor = new Conductor({
    clock,
    times,
    stack: { flush: async () => undefined } as LocalStack,
    driver: {
      send: async (_: unknown, requestId: string) => {
        sent.push(`${requestId} at ${clock.now() / 1000}`);
        for (const _line of [1, 2]) times.take(requestId);
        return { requestId, status: 200, version: "v2", milliseconds: 1, body: {} };
      },
    } as unknown as Driver,
    tokens: { of: async () => "t" } as unknown as Tokens,
    traffic: {
      requestsOf: () =>
        slots.map((one) => ({ ...request(`due-${clock.now()}-${one.slot}`, "view"), ...one })),
    } as unknown as TrafficPlan,
    observations: new Observations(),
    signed: {
      next: () => request(`signed-${asked++}`, "adjust"),
      answered: () => undefined,
    } as unknown as SignedActions,
    extra: () => [],
  });
  return { conductor, signed: () => sent.filter((one) => one.startsWith("signed")) };
}

const minute = { stage: "hold", minute: 0, attempt: 1 } as const;

it("signs at once when somebody may, and not again within the window of the alarm on slow answers", async () => {
  const { conductor, signed } = conducted();
  await conductor.minute(minute);
  expect(signed()).toEqual([]);
  conductor.signing = ["yacht-1"];
  for (let passed = 0; passed < 11; passed++) await conductor.minute(minute);
  expect(alarms.slowShare.period).toBe(300);
  expect(signed()).toEqual(["signed-0 at 60", "signed-1 at 360", "signed-2 at 660"]);
});

it("has fewer requests under way at once than the slow answers that the alarm on them takes", () => {
  const [, slow] = /\bslow >= (\d+)/.exec(alarms.slowShare.expression) ?? [];
  expect(connections).toBeLessThan(Number(slow));
});
