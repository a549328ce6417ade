import { expect, it } from "vitest";
import { alarmHistory } from "../../../monitoring/rollout/aws/alarm-history-adapter.ts";
import { alarmTimesOf } from "../../../monitoring/rollout/history.ts";

it("makes one time of each stay in ALARM, in whatever order the changes come", () => {
  const changes = [
    { alarm: "serverErrors", to: "OK", at: 50 },
    { alarm: "serverErrors", to: "ALARM", at: 20 },
    { alarm: "slowShare", to: "ALARM", at: 30 },
    { alarm: "serverErrors", to: "ALARM", at: 80 },
    { alarm: "slowShare", to: "INSUFFICIENT_DATA", at: 35 },
    { alarm: "errorRate", to: "OK", at: 10 },
  ];
  expect(alarmTimesOf(changes)).toEqual([
    { alarm: "serverErrors", from: 20, to: 50 },
    { alarm: "slowShare", from: 30, to: 35 },
    { alarm: "serverErrors", from: 80 },
  ]);
});

it("reads CloudWatch's history of every alarm of the table, page by page", async () => {
  const item = (to: string, at: number) => ({
    Timestamp: new Date(at),
    HistoryData: JSON.stringify({ version: "1.0", oldState: {}, newState: { stateValue: to } }),
  });
  const asked: string[] = [];
  const client = {
    async send({ input }: { input: { AlarmName: string; NextToken?: string } }) {
      asked.push(input.AlarmName);
      if (input.AlarmName !== "part-lens-dev-serverErrors") return { AlarmHistoryItems: [] };
      return input.NextToken
        ? { AlarmHistoryItems: [item("ALARM", 1_000)] }
        : { AlarmHistoryItems: [item("OK", 9_000)], NextToken: "more" };
    },
  };
  const times = await alarmHistory("part-lens-dev-", { from: 0, to: 10_000 }, client as never);
  expect(times).toEqual([{ alarm: "serverErrors", from: 1_000, to: 9_000 }]);
  expect(asked).toContain("part-lens-dev-silence");
});
