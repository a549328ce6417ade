import { afterEach, beforeEach, vi } from "vitest";

/**
 * Date stands still in each test of the file, so that no 30 s step of a one-time code ends between two of its requests.
 * Timers and the database run on; a test that measures against the database's clock calls `vi.useRealTimers()` first.
 */
export function stillClock(): void {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["Date"] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });
}
