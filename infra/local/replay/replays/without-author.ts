/** AWS's own counters: no version can be blamed. */
import { atEveryStage, bounds, rollsBackBy } from "../../faults/script.ts";
import type { Replay } from "../replay.ts";

export const throttled: Replay = {
  description: "one request in ten is throttled",
  expected: atEveryStage(rollsBackBy(["functionThrottles"], bounds.minute)),
  at: ["canary-5", "full-100"],
  lasting: true,
  leaves: ({ chance }) =>
    chance() < 0.1 ? { status: 0, lost: true, own: { throttles: 1, gatewayErrors: 1 } } : {},
};

export const crashing: Replay = {
  description: "one request in ten ends the function's process",
  expected: atEveryStage(rollsBackBy(["functionErrors"], bounds.minute)),
  at: ["canary-5", "full-100"],
  lasting: true,
  leaves: ({ chance }) =>
    chance() < 0.1 ? { status: 0, lost: true, own: { functionErrors: 1, gatewayErrors: 1 } } : {},
};

export const gatewayFailing: Replay = {
  description: "the HTTP API answers every other request with a 5xx of its own",
  expected: atEveryStage(rollsBackBy(["gatewayErrors"], bounds.fiveMinutes)),
  at: ["canary-5", "full-100"],
  lasting: true,
  leaves: ({ chance }) => (chance() < 0.5 ? { status: 0, lost: true, own: { gatewayErrors: 1 } } : {}),
};
