import { describe, expect, it } from "vitest";
import { AlarmRuleError, alarmRule } from "../../../../infra/local/services/alarm-rule.ts";

const holds = (rule: string) =>
  alarmRule(rule).holds((name) =>
    name.startsWith("red") ? "ALARM" : name === "new" ? "INSUFFICIENT_DATA" : "OK",
  );

describe("the rule of a composite alarm", () => {
  it.each([
    ['ALARM("red")', true],
    ["ALARM(red)", true],
    ['ALARM("green")', false],
    ['OK("green")', true],
    ['INSUFFICIENT_DATA("new")', true],
    ['ALARM("green") OR ALARM("red")', true],
    ['ALARM("green") AND ALARM("red")', false],
    ['NOT ALARM("green")', true],
    ['ALARM("red") OR ALARM("green") AND FALSE', true],
    ['(ALARM("red") OR ALARM("green")) AND FALSE', false],
    ['NOT (ALARM("red") AND TRUE)', false],
  ])("%s is %s", (rule, expected) => expect(holds(rule)).toBe(expected));

  it("names its children", () => {
    expect(alarmRule('ALARM("a b") OR NOT OK("c")').children).toEqual(["a b", "c"]);
  });

  it.each(["", "ALARM", "ALARM()", 'ALARM("a"', 'ALARM("a") ALARM("b")', 'FIRING("a")', 'ALARM("a") AND'])(
    "refuses %j",
    (rule) => expect(() => alarmRule(rule)).toThrow(AlarmRuleError),
  );
});
