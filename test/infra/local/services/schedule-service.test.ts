import { beforeEach, describe, expect, it } from "vitest";
import { VirtualClock } from "../../../../infra/local/clock.ts";
import { schedulerSchedule } from "../../../../infra/local/realisers/scheduler-schedule.ts";
import { ScheduleService } from "../../../../infra/local/services/schedule-service.ts";

const minute = 60_000;
let clock: VirtualClock;
let runs: { readonly arn: string; readonly event: unknown; readonly minute: number }[];
let schedules: ScheduleService;

function serviceOf(thinned?: (name: string) => number): ScheduleService {
  return new ScheduleService({
    clock,
    region: "eu-west-1",
    ...(thinned && { thinned }),
    invoke: async (arn, event) => {
      runs.push({ arn, event, minute: clock.now() / minute });
      if (arn.includes("broken")) throw new Error("the function failed");
    },
  });
}

beforeEach(() => {
  clock = new VirtualClock(0);
  runs = [];
  schedules = serviceOf();
});

const schedule = (name: string, scheduleExpression: string, input?: string) => ({
  name,
  scheduleExpression,
  flexibleTimeWindow: { mode: "OFF" },
  target: { arn: `arn:${name}`, roleArn: "arn:role", ...(input && { input }) },
});
const minutesOf = (name: string) => runs.filter(({ arn }) => arn === `arn:${name}`).map((run) => run.minute);

describe("a schedule", () => {
  it("runs at once, and from then on at its rate, with its input", async () => {
    schedules.put(schedule("minutely", "rate(1 minute)"));
    schedules.put(schedule("hourly", "rate(1 hour)", '{"full":true}'));
    schedules.put(schedule("daily", "rate(2 days)"));
    await clock.advance(3 * minute);
    expect(minutesOf("minutely")).toEqual([0, 1, 2, 3]);
    await clock.advance(2880 * minute);
    expect(minutesOf("hourly")).toEqual(Array.from({ length: 49 }, (_, hour) => hour * 60));
    expect(minutesOf("daily")).toEqual([0, 2880]);
    expect(runs.find(({ arn }) => arn === "arn:hourly")?.event).toEqual({ full: true });
  });

  it("is told, where it asks, the time that each run is of", async () => {
    schedules.put(schedule("told", "rate(1 hour)", '{"at":"<aws.scheduler.scheduled-time>","full":true}'));
    await clock.advance(60 * minute);
    expect(runs.map(({ event }) => event)).toEqual([
      { at: "1970-01-01T00:00:00Z", full: true },
      { at: "1970-01-01T01:00:00Z", full: true },
    ]);
  });

  it("goes on after a run that failed", async () => {
    schedules.put(schedule("broken", "rate(5 minutes)"));
    await clock.advance(10 * minute);
    expect(minutesOf("broken")).toEqual([0, 5, 10]);
  });

  it("keeps its rhythm when its target changes, and starts anew with another rate", async () => {
    schedules.put(schedule("job", "rate(10 minutes)"));
    await clock.advance(4 * minute);
    schedules.put({ ...schedule("job", "rate(10 minutes)", '{"next":1}') });
    await clock.advance(6 * minute);
    expect(runs.map((run) => [run.minute, run.event])).toEqual([
      [0, {}],
      [10, { next: 1 }],
    ]);
    schedules.put(schedule("job", "rate(2 minutes)"));
    await clock.advance(4 * minute);
    expect(minutesOf("job")).toEqual([0, 10, 10, 12, 14]);
  });

  it("runs no more once it is deleted, or the service is closed", async () => {
    const realiser = schedulerSchedule(schedules);
    const inputs = schedule("gone", "rate(1 minute)");
    const outputs = await realiser.create({ type: "t", name: "gone", inputs });
    expect(outputs).toMatchObject({ id: "default/gone", groupName: "default" });
    await realiser.delete?.({ type: "t", name: "gone", inputs, outputs });
    schedules.put(schedule("closed", "rate(1 minute)"));
    schedules.close();
    await clock.advance(minute);
    expect(runs).toEqual([]);
  });

  it("may be thinned by its name, where virtual time is too dear", async () => {
    schedules = serviceOf((name) => (name === "dear" ? 10 : 1));
    schedules.put(schedule("dear", "rate(1 minute)"));
    schedules.put(schedule("cheap", "rate(5 minutes)"));
    await clock.advance(20 * minute);
    expect([minutesOf("dear"), minutesOf("cheap")]).toEqual([
      [0, 10, 20],
      [0, 5, 10, 15, 20],
    ]);
  });

  it.each(["cron(0 3 * * ? *)", "rate(0 minutes)", "rate(1 week)", "at(2030-01-01T00:00:00)"])(
    "that says %s is refused: it is not simulated",
    (expression) => {
      expect(() => schedules.put(schedule("job", expression))).toThrow(/not simulated/);
    },
  );
});
