import { describe, expect, it } from "vitest";
import { MathSyntaxError, mathExpression } from "../../../../infra/local/services/alarm-math.ts";
import { alarms } from "../../../../monitoring/alarms.ts";

const values: Readonly<Record<string, number | undefined>> = { a: 6, b: 3, zero: 0, gone: undefined };
const compute = (source: string) => mathExpression(source).value((id) => values[id]);

describe("metric math", () => {
  it.each([
    ["a + b * 2", 12],
    ["(a + b) * 2", 18],
    ["a - b - 1", 2],
    ["a / b / 2", 1],
    ["-a + b", -3],
    ["a * -2", -12],
    ["0.5 * a", 3],
    ["a > b", 1],
    ["a < b", 0],
    ["a >= 6 AND b >= 4", 0],
    ["a >= 6 OR b >= 4", 1],
    ["a >= 6 && b == 3 || zero", 1],
    ["a != b", 1],
    ["1 < 2 AND 2 < 1 OR 1 == 1", 1],
    ["IF(a >= 5, a / b, 0)", 2],
    ["IF(a >= 50, a / b, 0)", 0],
    ["IF(zero, gone, 7)", 7],
    ["FILL(gone, 0)", 0],
    ["FILL(a, 0) - FILL(gone, 1)", 5],
    ["IF(zero > 0, a / zero, 0)", 0],
  ])("computes %s = %s", (source, expected) => expect(compute(source)).toBe(expected));

  it.each(["gone", "a + gone", "gone > 1", "IF(gone, 1, 2)", "IF(a, gone, 2)", "a / zero", "gone OR a"])(
    "gives no datapoint for %s, where an operand is missing or divided by zero",
    (source) => expect(compute(source)).toBeUndefined(),
  );

  it.each(["", "a +", "(a", "a b", "a ? b", "SUM(a)", "IF(a, b)", "FILL(a)", "1.2.3"])(
    "refuses %j, which it does not know",
    (source) => expect(() => mathExpression(source)).toThrow(MathSyntaxError),
  );

  it("names the metrics an expression needs", () => {
    expect(mathExpression("IF(a > 1, FILL(b, 0), a)").ids).toEqual(["a", "b"]);
  });

  it("reads every expression of the alarm table, over its sources", () => {
    const written = Object.values(alarms).filter((alarm) => "expression" in alarm);
    expect(written.length).toBeGreaterThan(0);
    for (const { expression, sources } of written)
      expect(Object.keys(sources)).toEqual(expect.arrayContaining([...mathExpression(expression).ids]));
  });
});
