import { setTimeout as pause } from "node:timers/promises";

/** Runs it up to that many times, or until it gives up; the last error is thrown. */
export async function attempt<T>(
  times: number,
  pauseMilliseconds: number,
  run: (giveUp: (error: unknown) => unknown) => Promise<T>,
): Promise<T> {
  let left = times;
  const giveUp = (error: unknown) => {
    left = 0;
    return error;
  };
  for (;;) {
    left--;
    try {
      return await run(giveUp);
    } catch (error) {
      if (left <= 0) throw error;
      await pause(pauseMilliseconds);
    }
  }
}
