import { describe, expect, it } from "vitest";
import { type Incident, notificationOf } from "../../monitoring/notifications.ts";

const incident: Incident = {
  environment: "staging",
  cause: "rlsLeak",
  alsoFiring: ["serverErrors"],
  acted: true,
  percentBefore: 50,
  reason: "Threshold Crossed",
  alarmAt: "2026-11-23T12:00:00Z",
  at: "2026-11-23T12:00:09Z",
  steps: [{ step: "cap0", ok: true, milliseconds: 12.4, detail: "deployment 3" }],
};

describe("a notification", () => {
  it("says what happened, why, where it stood, when, and what to do next", () => {
    const { subject, body, severity, contacts } = notificationOf(incident);
    expect(subject).toBe("Part Lens staging: rolled back to 0, cause rlsLeak");
    expect({ severity, contacts }).toEqual({
      severity: "critical",
      contacts: ["engineering", "ops", "escalation"],
    });
    for (const part of [
      "Cause: rlsLeak (Threshold Crossed)",
      "Also firing: serverErrors",
      "Stage before: ramp-50 (50 %)",
      "Alarm at: 2026-11-23T12:00:00Z",
      "done: cap0 in 12 ms, deployment 3",
      "acknowledge --reason",
    ]) {
      expect(body).toContain(part);
    }
  });

  it("is an alert to engineering and ops when nothing was moved", () => {
    const { subject, severity, contacts, body } = notificationOf({
      ...incident,
      acted: false,
      percentBefore: 0,
      steps: [],
    });
    expect(subject).toContain("alert");
    expect({ severity, contacts }).toEqual({ severity: "warning", contacts: ["engineering", "ops"] });
    expect(body).toContain("nothing was moved");
  });

  it.each([
    ["cap0", "set the kill switch to 0 by hand"],
    ["lock", "NOT LOCKED"],
    ["proveV1", "v1 did not prove"],
  ])("says what to do by hand when %s failed", (step, next) => {
    const { subject, body } = notificationOf({ ...incident, steps: [{ step, ok: false, milliseconds: 1 }] });
    expect(subject).toContain("ROLLBACK INCOMPLETE");
    expect(body).toContain(`FAILED: ${step}`);
    expect(body).toContain(next);
  });

  it("has a subject that SNS takes, whatever the cause is called", () => {
    const { subject } = notificationOf({ ...incident, cause: `ärger\n${"x".repeat(200)}` });
    expect(subject).toMatch(/^[\x20-\x7e]{1,100}$/);
  });
});
