import { expect, test } from "vitest";
import { causeKeys, effectOf } from "../../../monitoring/alarms.ts";
import { jobNames } from "../../../monitoring/job-schedule.ts";
import { isAlert, nameLeft } from "../../../monitoring/report/chart-alarms.ts";

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

test.each([
  ["right of its bar", [100], [], 116],
  ["right of its last bar, where it has several", [100, 300], [], 316],
  ["left of its bar where the right has no room", [900], [], 900 - 6 - 58],
  ["right of its bar, whose own line runs through the bar", [100], [105], 116],
  ["left of its bar where a line runs through the right", [100], [140], 100 - 6 - 58],
  ["beyond the line where there is room on neither side", [40], [60], 66],
  ["beyond the next line where the first leaves too little room", [40], [60, 100], 106],
  ["left of a line where the right is over", [940], [890], 890 - 6 - 58],
])("a name is written %s", (_, bars, lines, place) => {
  const layout = { left: 20, right: 10, width: 980, text: 10 };
  const shapes = bars.map((x) => ({ x, width: 10 }));
  expect(nameLeft("errorsFast", shapes, lines, layout)).toBeCloseTo(place);
});
