import { expect, test } from "vitest";
import { causeKeys, effectOf } from "../../../monitoring/alarms.ts";
import { jobNames } from "../../../monitoring/job-schedule.ts";
import { isAlert } from "../../../monitoring/report/chart-alarms.ts";

test("an alarm is drawn as one that rolls back where it does, and a job's never is", () => {
  for (const key of causeKeys) expect([key, isAlert(key)]).toEqual([key, effectOf(key) !== "rollback"]);
  for (const job of jobNames) expect([job, isAlert(`${job}Silence`)]).toEqual([job, true]);
  expect(["reconcileFindings", "drill", "v2-unhealthy", "unheard-of"].map(isAlert)).toEqual([
    true,
    true,
    false,
    false,
  ]);
});
