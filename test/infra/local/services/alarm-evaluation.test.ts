import { describe, expect, it } from "vitest";
import {
  type AlarmState,
  evaluate,
  type MissingData,
} from "../../../../infra/local/services/alarm-evaluation.ts";

const treatments = ["missing", "ignore", "breaching", "notBreaching"] as const;
type Row = readonly [
  points: string,
  missing: string,
  ignore: string,
  breaching: string,
  notBreaching: string,
];

// CloudWatch user guide, "Configuring how CloudWatch alarms treat missing data": 0 within the threshold,
// X breaching, - missing, oldest first; the last rows of each table from an earlier edition of the page.
const threeOfThree: readonly Row[] = [
  ["0 - X - X", "OK", "OK", "OK", "OK"],
  ["0 - - - -", "OK", "OK", "OK", "OK"],
  ["- - - - -", "INSUFFICIENT_DATA", "retain", "ALARM", "OK"],
  ["0 X X - X", "ALARM", "ALARM", "ALARM", "ALARM"],
  ["- - X - -", "ALARM", "retain", "ALARM", "OK"],
  ["X - - - -", "ALARM", "retain", "ALARM", "OK"],
  ["- - - - X", "INSUFFICIENT_DATA", "retain", "ALARM", "OK"],
];
const twoOfThree: readonly Row[] = [
  ["0 - X - X", "ALARM", "ALARM", "ALARM", "ALARM"],
  ["0 0 X 0 X", "ALARM", "ALARM", "ALARM", "ALARM"],
  ["0 - X - -", "OK", "OK", "ALARM", "OK"],
  ["- - - - 0", "OK", "OK", "ALARM", "OK"],
  ["- - - X -", "ALARM", "retain", "ALARM", "OK"],
  ["- - - - X", "INSUFFICIENT_DATA", "retain", "ALARM", "OK"],
];

const pointOf = { "0": false, X: true, "-": undefined } as const;
const pointsOf = (text: string) => text.split(" ").map((sign) => pointOf[sign as keyof typeof pointOf]);

function evaluated(text: string, treatMissingData: MissingData, m: number, current: AlarmState): AlarmState {
  return evaluate(pointsOf(text), { evaluationPeriods: 3, datapointsToAlarm: m, treatMissingData }, current);
}

function cases(rows: readonly Row[], m: number) {
  return rows.flatMap(([points, ...expected]) =>
    treatments.map((treatment, index) => ({ points, treatment, m, expected: expected[index] as string })),
  );
}

describe("the documented rows of missing data", () => {
  it.each([...cases(threeOfThree, 3), ...cases(twoOfThree, 2)])(
    "takes $points as $expected when $m of 3 must breach and missing data is $treatment",
    ({ points, treatment, m, expected }) => {
      for (const current of ["OK", "ALARM", "INSUFFICIENT_DATA"] as const)
        expect(evaluated(points, treatment, m, current)).toBe(expected === "retain" ? current : expected);
    },
  );
});

describe("M of N without missing data", () => {
  it.each([
    ["0 0 0", 1, "OK"],
    ["0 0 X", 1, "ALARM"],
    ["X 0 0", 1, "ALARM"],
    ["X 0 X", 2, "ALARM"],
    ["X 0 0", 2, "OK"],
    ["X X 0", 3, "OK"],
    ["X X X", 3, "ALARM"],
  ] as const)("takes %s as %s of 3: %s", (points, m, expected) => {
    for (const treatment of treatments) expect(evaluated(points, treatment, m, "OK")).toBe(expected);
  });

  it("looks at the newest N points only", () => {
    expect(evaluated("X X 0 0 0", "missing", 1, "ALARM")).toBe("OK");
  });
});
