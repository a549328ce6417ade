import { expect, it } from "vitest";
import { FastClock } from "../../../infra/local/fast-clock.ts";

const failed = (error: unknown) => {
  throw error;
};

it("runs faster than the machine, from no earlier than it is told, and never backwards", async () => {
  const ahead = Date.now() + 3_600_000;
  const clock = new FastClock(100, ahead, failed);
  const before = clock.now();
  const due = await new Promise<number>((resolve) => clock.at(before + 5_000, () => resolve(clock.now())));
  expect(before).toBeGreaterThanOrEqual(ahead);
  expect(due).toBeGreaterThanOrEqual(before + 5_000);
  const earliest = Date.now();
  expect(new FastClock(1, 0, failed).now()).toBeGreaterThanOrEqual(earliest);
});

it("runs no task early, however coarse the machine's timers are", async () => {
  const clock = new FastClock(120, 0, failed);
  const early = await Promise.all(
    Array.from({ length: 200 }, (_, index) => {
      const time = clock.now() + 97 * index;
      return new Promise<number>((resolve) => clock.at(time, () => resolve(time - clock.now())));
    }),
  );
  expect(early.filter((milliseconds) => milliseconds > 0)).toEqual([]);
});

it("reports a task that fails", async () => {
  const error = await new Promise((resolve) => {
    const clock = new FastClock(100, 0, resolve);
    clock.at(clock.now(), () => Promise.reject(new Error("broken")));
  });
  expect(error).toMatchObject({ message: "broken" });
});

it("is never slower than the machine", () => {
  expect(() => new FastClock(0.5, 0, failed)).toThrow(RangeError);
});
