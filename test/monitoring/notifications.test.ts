import { describe, expect, it } from "vitest";
import { contactsOf, type Incident, notificationOf } from "../../monitoring/notifications.ts";

const incident: Incident = {
  environment: "staging",
  alarm: "rlsLeak",
  cause: "rlsLeak",
  alsoFiring: ["serverErrors"],
  incident: "2026-11-23T12:00:00.000Z",
  mode: "rollback",
  joined: false,
  contacts: { critical: ["engineering", "ops", "escalation"], warning: ["engineering", "ops"] },
  percentBefore: 50,
  reason: "Threshold Crossed",
  alarmAt: "2026-11-23T12:00:00Z",
  at: "2026-11-23T12:00:09Z",
  steps: [{ step: "cap0", ok: true, milliseconds: 12.4, detail: "deployment 3" }],
};

describe("a notification", () => {
  it("says what happened, why, where it stood, when, and what to do next", () => {
    const { subject, body, severity } = notificationOf(incident);
    expect(subject).toBe("Part Lens staging: rolled back to 0, cause rlsLeak");
    expect(severity).toBe("critical");
    for (const part of [
      "Cause: rlsLeak (Threshold Crossed)",
      "Also firing: serverErrors",
      "Stage before: ramp-50 (50 %)",
      "Alarm at: 2026-11-23T12:00:00Z",
      "done: cap0 in 12 ms, deployment 3",
      "acknowledge --reason",
      "For: engineering, ops, escalation",
      "npm run incident -- show 2026-11-23T12:00:00.000Z --env staging",
    ]) {
      expect(body).toContain(part);
    }
  });

  it("is an alert to engineering and ops when nothing was moved", () => {
    const { subject, severity, body } = notificationOf({
      ...incident,
      mode: "alert",
      percentBefore: 0,
      steps: [],
    });
    expect(subject).toContain("alert");
    expect(severity).toBe("warning");
    expect(body).toMatch(/^For: engineering, ops$/m);
    expect(body).toContain("nothing was moved");
  });

  it.each([
    ["rollback", "another alarm during the rollback", "warning"],
    ["alert", "another alarm after the rollback", "warning"],
  ] as const)(
    "says in mode %s that it belongs to an earlier one, and wakes nobody again",
    (mode, says, severity) => {
      const told = notificationOf({ ...incident, mode, joined: true, alarm: "slowShare" });
      expect(told.subject).toBe(`Part Lens staging: ${says}, slowShare`);
      expect(told.severity).toBe(severity);
    },
  );

  it("says before anything else that a drill is one, to everyone", () => {
    const { body, severity, subject } = notificationOf({ ...incident, mode: "drill", cause: "drill" });
    expect(subject).toBe("[DRILL] Part Lens staging: a fire drill, nothing was moved, cause drill");
    expect(severity).toBe("critical");
    expect(body).toContain("Next: nothing to do");
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

it("knows who hears what from the configuration", () => {
  const of = (...hears: ("critical" | "warning")[]) => ({ email: "a@example.com", hears });
  expect(contactsOf({ ops: of("critical", "warning"), escalation: of("critical") })).toEqual({
    critical: ["ops", "escalation"],
    warning: ["ops"],
  });
});
