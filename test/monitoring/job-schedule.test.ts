import { describe, expect, it } from "vitest";
import {
  type JobRule,
  jobNames,
  jobSchedule,
  rateExpression,
  silenceOf,
} from "../../monitoring/job-schedule.ts";

describe("the job table", () => {
  it.each([
    [1, "rate(1 minute)"],
    [5, "rate(5 minutes)"],
    [60, "rate(1 hour)"],
    [1440, "rate(1 day)"],
    [6 * 1440, "rate(6 days)"],
  ])("says %i minutes as %s", (minutes, expression) => {
    expect(rateExpression(minutes)).toBe(expression);
  });

  it("hears of a job's silence later than its next run, and within what CloudWatch looks back", () => {
    for (const job of jobNames) {
      const { everyMinutes }: JobRule = jobSchedule[job];
      const { period, evaluationPeriods } = silenceOf(everyMinutes);
      const seconds = period * evaluationPeriods;
      expect(seconds, job).toBeGreaterThan(everyMinutes * 60);
      expect(seconds, job).toBeLessThanOrEqual(period < 3600 ? 86_400 : 7 * 86_400);
    }
  });

  it("lets no run last until the next one", () => {
    for (const job of jobNames) {
      const { everyMinutes, timeoutSeconds }: JobRule = jobSchedule[job];
      expect(timeoutSeconds, job).toBeLessThan(everyMinutes * 60);
    }
  });
});
