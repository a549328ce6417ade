import { describe, expect, it } from "vitest";
import type { Notification } from "../../monitoring/notifications.ts";
import {
  type AlarmMessage,
  type RollbackPorts,
  type RollbackStep,
  rollBack,
} from "../../monitoring/rollback-procedure.ts";

const message: AlarmMessage = {
  AlarmName: "part-lens-local-serverErrors",
  NewStateValue: "ALARM",
  NewStateReason: "Threshold Crossed",
  StateChangeTime: "2026-11-23T12:00:00Z",
};
const context = {
  environment: "local",
  alarmPrefix: "part-lens-local-",
  now: () => new Date("2026-11-23T12:00:09Z"),
};
const down: RollbackStep[] = ["cap0", "lock", "proveV1", "notify", "collect"];

/** Ports that keep what was asked of them; those named fail. */
function portsOf({
  percent = 50 as number | "unknown",
  firing = [] as string[],
  failing = [] as string[],
} = {}) {
  const calls: string[] = [];
  const seen: { lock?: object; notification?: Notification; record?: object } = {};
  const step = (name: string) => async () => {
    calls.push(name);
    if (failing.includes(name)) throw new Error(`${name} is broken`);
    return `${name} done`;
  };
  const ports: RollbackPorts = {
    firing: async () => (failing.includes("firing") ? Promise.reject(new Error("no")) : firing),
    effectivePercent: async () =>
      failing.includes("effectivePercent")
        ? Promise.reject(new Error("no"))
        : percent === "unknown"
          ? undefined
          : percent,
    cap0: step("cap0"),
    lock: (lock) => {
      seen.lock = lock;
      return step("lock")();
    },
    proveV1: step("proveV1"),
    notify: (notification) => {
      seen.notification = notification;
      return step("notify")();
    },
    collect: (record) => {
      seen.record = record;
      return step("collect")();
    },
  };
  return { ports, calls, seen };
}

describe("a rollback", () => {
  it("goes to 0, locks, proves v1, notifies and collects, in this order", async () => {
    const { ports, calls, seen } = portsOf();
    const result = await rollBack(message, ports, context);
    expect(calls).toEqual(down);
    expect(result).toMatchObject({
      acted: true,
      cause: "serverErrors",
      alsoFiring: [],
      effectivePercent: 50,
    });
    expect(result.steps.map(({ step, ok }) => ({ step, ok }))).toEqual(
      down.map((step) => ({ step, ok: true })),
    );
    expect(
      result.steps.every(({ milliseconds }) => milliseconds >= 0 && milliseconds <= result.milliseconds),
    ).toBe(true);
    expect(seen.lock).toEqual({
      locked: true,
      cause: "serverErrors",
      alsoFiring: [],
      at: "2026-11-23T12:00:09.000Z",
      to: "off",
    });
    expect(seen.notification).toMatchObject({ severity: "critical" });
  });

  it.each(down)("does every other step though %s fails", async (failing) => {
    const { ports, calls, seen } = portsOf({ failing: [failing] });
    const result = await rollBack(message, ports, context);
    expect(calls).toEqual(down);
    expect(result.steps.filter(({ ok }) => !ok)).toMatchObject([
      { step: failing, detail: `Error: ${failing} is broken` },
    ]);
    if (down.indexOf(failing) < down.indexOf("notify"))
      expect(seen.notification?.body).toContain(`FAILED: ${failing}`);
  });

  it("does every step though all of them fail", async () => {
    const { ports, calls } = portsOf({ failing: down });
    expect((await rollBack(message, ports, context)).steps.every(({ ok }) => !ok)).toBe(true);
    expect(calls).toEqual(down);
  });

  it("survives a port that throws before it promises", async () => {
    const { ports } = portsOf();
    const broken = () => {
      throw new Error("at once");
    };
    const { steps } = await rollBack(message, { ...ports, cap0: broken }, context);
    expect(steps.map(({ ok }) => ok)).toEqual([false, true, true, true, true]);
  });

  it("only alerts while nobody is on v2", async () => {
    const { ports, calls, seen } = portsOf({ percent: 0 });
    expect(await rollBack(message, ports, context)).toMatchObject({ acted: false, effectivePercent: 0 });
    expect(calls).toEqual(["notify"]);
    expect(seen.notification).toMatchObject({ severity: "warning" });
  });

  it.each([
    ["is not known", portsOf({ percent: "unknown" })],
    ["cannot be asked", portsOf({ failing: ["effectivePercent"] })],
  ])("acts when the effective percent %s", async (_, { ports, calls }) => {
    expect(await rollBack(message, ports, context)).toMatchObject({
      acted: true,
      effectivePercent: undefined,
    });
    expect(calls).toEqual(down);
  });

  it("names the first firing alarm of the table as the cause and the others beside it", async () => {
    const { ports } = portsOf({ firing: ["slowShare", "serverErrors", "rlsLeak"] });
    expect(await rollBack(message, ports, context)).toMatchObject({
      cause: "rlsLeak",
      alsoFiring: ["serverErrors", "slowShare"],
    });
  });

  it("names its own alarm when nobody can tell which fire", async () => {
    const { ports } = portsOf({ failing: ["firing"] });
    const { firing: _, ...without } = ports;
    for (const each of [ports, without]) {
      expect(await rollBack(message, each, context)).toMatchObject({ cause: "serverErrors", alsoFiring: [] });
    }
  });

  it.each(["OK", "INSUFFICIENT_DATA"])("does nothing for an alarm that becomes %s", async (NewStateValue) => {
    const { ports, calls } = portsOf();
    expect(await rollBack({ ...message, NewStateValue }, ports, context)).toMatchObject({
      acted: false,
      steps: [],
    });
    expect(calls).toEqual([]);
  });

  it("only alerts for an alarm that the table lets alert", async () => {
    const { ports, calls } = portsOf();
    const AlarmName = "part-lens-local-unsignedAttempt";
    expect(await rollBack({ ...message, AlarmName }, ports, context)).toMatchObject({ acted: false });
    expect(calls).toEqual(["notify"]);
  });

  it("acts for an alarm that it does not know: somebody wired it to a rollback", async () => {
    const { ports } = portsOf();
    for (const AlarmName of ["part-lens-local-toString", "other"]) {
      expect(await rollBack({ ...message, AlarmName }, ports, context)).toMatchObject({ acted: true });
    }
  });
});
