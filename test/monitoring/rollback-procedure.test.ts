import { describe, expect, it } from "vitest";
import type { AlarmMessage } from "../../monitoring/alarm-message.ts";
import type { Telling } from "../../monitoring/incident/outbox.ts";
import type {
  Held,
  RollbackLock,
  RollbackPorts,
  RollbackRecord,
  RollbackStep,
} from "../../monitoring/rollback-ports.ts";
import { rollBack } from "../../monitoring/rollback-procedure.ts";

const message: AlarmMessage = {
  AlarmName: "part-lens-local-serverErrors",
  NewStateValue: "ALARM",
  NewStateReason: "Threshold Crossed",
  StateChangeTime: "2026-11-23T12:00:00.000+0000",
};
const context = {
  environment: "local",
  alarmPrefix: "part-lens-local-",
  contacts: { critical: ["ops"], warning: [] },
  now: () => new Date("2026-11-23T12:00:09Z"),
};
const incident = "2026-11-23T12:00:00.000Z";
const own = "killSwitch-serverErrors-20261123T120000000Z";
const down: RollbackStep[] = ["cap0", "lock", "proveV1", "notify", "collect", "postmortem"];

const known = (value: number | "unknown") => (value === "unknown" ? undefined : value);

/** Ports that keep what was asked of them; those named fail. */
function portsOf({
  percent = 50 as number | "unknown",
  cap = 100 as number | "unknown",
  firing = [] as string[],
  held = false as Held | false,
  before = undefined as Held | undefined,
  failing = [] as string[],
} = {}) {
  const calls: string[] = [];
  const seen: { lock?: RollbackLock; telling?: Telling; record?: RollbackRecord } = {};
  const answer = async <T>(name: string, value: T): Promise<T> => {
    if (failing.includes(name)) throw new Error(`${name} is broken`);
    return value;
  };
  const step = (name: string) => {
    calls.push(name);
    return answer(name, `${name} done`);
  };
  const ports: RollbackPorts = {
    firing: () => answer("firing", firing),
    exposure: () => answer("exposure", { percent: known(percent), cap: known(cap) }),
    held: () => answer("held", held),
    cap0: () => step("cap0"),
    async lock(lock) {
      seen.lock = lock;
      return { detail: await step("lock"), ...(before && { before }) };
    },
    proveV1: () => step("proveV1"),
    notify(telling) {
      seen.telling = telling;
      return step("notify");
    },
    collect(record) {
      seen.record = record;
      return step("collect");
    },
    postmortem: () => step("postmortem"),
  };
  return { ports, calls, seen };
}

describe("a rollback", () => {
  it("goes to 0, locks, proves v1, notifies, collects and drafts, in this order", async () => {
    const { ports, calls, seen } = portsOf();
    const result = await rollBack(message, ports, context);
    expect(calls).toEqual(down);
    expect(result).toMatchObject({
      mode: "rollback",
      acted: true,
      incident,
      cause: "serverErrors",
      alsoFiring: [],
      effectivePercent: 50,
    });
    expect(result.steps.map(({ step, ok }) => ({ step, ok }))).toEqual(
      down.map((step) => ({ step, ok: true })),
    );
    expect(
      result.steps.every(
        ({ after, milliseconds }) => after + milliseconds <= result.milliseconds && after >= 0,
      ),
    ).toBe(true);
    expect(seen.lock).toEqual({
      locked: true,
      cause: "serverErrors",
      alsoFiring: [],
      at: "2026-11-23T12:00:09.000Z",
      to: "off",
      incident,
      by: own,
    });
    expect(seen.telling).toMatchObject({ severity: "critical", incident, transition: own, complete: true });
    expect(seen.record).toMatchObject({ incident, percentBefore: 50, cause: "serverErrors" });
    expect(seen.record?.steps.map(({ step }) => step)).toEqual(down.slice(0, 4));
  });

  it.each(down)("does every other step though %s fails", async (failing) => {
    const { ports, calls, seen } = portsOf({ failing: [failing] });
    const result = await rollBack(message, ports, context);
    expect(calls).toEqual(down);
    expect(result.steps.filter(({ ok }) => !ok)).toMatchObject([
      { step: failing, detail: `Error: ${failing} is broken` },
    ]);
    if (down.indexOf(failing) < down.indexOf("notify")) {
      expect(seen.telling?.body).toContain(`FAILED: ${failing}`);
      expect(seen.telling).toMatchObject({ complete: false, severity: "critical" });
    }
  });

  it("does every step though all of them fail", async () => {
    const { ports, calls } = portsOf({ failing: [...down, "firing", "exposure", "held"] });
    expect((await rollBack(message, ports, context)).steps.every(({ ok }) => !ok)).toBe(true);
    expect(calls).toEqual(down);
  });

  it("survives a port that throws before it promises", async () => {
    const { ports } = portsOf();
    const broken = () => {
      throw new Error("at once");
    };
    const { steps } = await rollBack(message, { ...ports, cap0: broken }, context);
    expect(steps.map(({ ok }) => ok)).toEqual([false, true, true, true, true, true]);
  });

  it("only alerts while nobody is on v2", async () => {
    const { ports, calls, seen } = portsOf({ percent: 0 });
    expect(await rollBack(message, ports, context)).toMatchObject({
      mode: "alert",
      acted: false,
      effectivePercent: 0,
    });
    expect(calls).toEqual(["notify"]);
    expect(seen.telling).toMatchObject({ severity: "warning", incident });
  });

  it.each([
    ["percent", portsOf({ percent: "unknown" })],
    ["cap", portsOf({ percent: 0, cap: "unknown" })],
    ["service", portsOf({ failing: ["exposure"] })],
  ])("acts when the %s cannot be told", async (_, { ports, calls }) => {
    expect(await rollBack(message, ports, context)).toMatchObject({
      acted: true,
      effectivePercent: undefined,
    });
    expect(calls).toEqual(down);
  });

  it("names the first firing alarm of the table as the cause, in the lock as to the contacts", async () => {
    const { ports, seen } = portsOf({ firing: ["slowShare", "serverErrors", "rlsLeak"] });
    const causes = { cause: "rlsLeak", alsoFiring: ["serverErrors", "slowShare"] };
    expect(await rollBack(message, ports, context)).toMatchObject(causes);
    expect(seen.lock).toMatchObject(causes);
    expect(seen.record).toMatchObject(causes);
    expect(seen.telling?.cause).toBe("rlsLeak");
    expect(seen.telling?.body).toContain("Also firing: serverErrors, slowShare");
  });

  it("does not wait for the list of alarms before the cap, and names its own when there is none", async () => {
    const { ports, calls } = portsOf();
    const { promise, resolve } = Promise.withResolvers<string[]>();
    const cap0 = async () => {
      calls.push("cap0");
      resolve(["rlsLeak"]);
      return "done";
    };
    const late = { ...ports, cap0, firing: () => promise };
    expect(await rollBack(message, late, context)).toMatchObject({ cause: "rlsLeak" });
    const { ports: broken } = portsOf({ failing: ["firing"] });
    expect(await rollBack(message, broken, context)).toMatchObject({ cause: "serverErrors", alsoFiring: [] });
  });

  it.each(["OK", "INSUFFICIENT_DATA"])("does nothing for an alarm that becomes %s", async (NewStateValue) => {
    const { ports, calls } = portsOf();
    expect(await rollBack({ ...message, NewStateValue }, ports, context)).toMatchObject({
      mode: "ignored",
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

describe("a rollback that is run again", () => {
  const earlier = { incident: "2026-11-23T11:59:50.000Z", by: "killSwitch-rlsLeak-20261123T115950000Z" };

  it("is carried to its end when it was cut off before the lock", async () => {
    const { ports, calls, seen } = portsOf({ cap: 0 });
    expect(await rollBack(message, ports, context)).toMatchObject({ acted: true });
    expect(calls).toEqual(down);
    expect(seen.telling?.subject).toContain("rolled back to 0");
  });

  it("is carried to its end when it was cut off after it, and says the same", async () => {
    const { ports, calls, seen } = portsOf({
      cap: 0,
      held: { incident, by: own },
      before: { incident, by: own },
    });
    await rollBack(message, ports, context);
    expect(calls).toEqual(down);
    expect(seen.telling).toMatchObject({ transition: own, severity: "critical" });
  });

  it("only alerts when nobody can tell whether it was locked", async () => {
    const { ports, calls } = portsOf({ cap: 0, failing: ["held"] });
    await rollBack(message, ports, context);
    expect(calls).toEqual(["notify"]);
  });

  it("joins the incident of an earlier alarm, after it", async () => {
    const { ports, calls, seen } = portsOf({ cap: 0, held: earlier });
    expect(await rollBack(message, ports, context)).toMatchObject({
      acted: false,
      incident: earlier.incident,
    });
    expect(calls).toEqual(["notify"]);
    expect(seen.telling).toMatchObject({ severity: "warning", incident: earlier.incident, transition: own });
    expect(seen.telling?.subject).toContain("another alarm after the rollback");
  });

  it("joins it, too, when both came at once and only the lock showed it", async () => {
    const { ports, seen } = portsOf({ before: earlier });
    await rollBack(message, ports, context);
    expect(seen.telling).toMatchObject({ severity: "warning", incident: earlier.incident });
    expect(seen.telling?.subject).toContain("another alarm during the rollback");
    expect(seen.record).toMatchObject({ incident: earlier.incident });
  });
});

describe("a fire drill", () => {
  const drill = { ...message, AlarmName: "part-lens-local-drill" };

  it("goes the alarm's way and moves nothing, whatever is on v2", async () => {
    for (const given of [{}, { percent: 0 }, { failing: ["exposure"] }, { cap: 0 }]) {
      const { ports, calls, seen } = portsOf(given);
      expect(await rollBack(drill, ports, context)).toMatchObject({
        mode: "drill",
        acted: false,
        cause: "drill",
      });
      expect(calls).toEqual(["proveV1", "notify", "collect", "postmortem"]);
      expect(seen.telling).toMatchObject({ mode: "drill", severity: "critical" });
      expect(seen.telling?.subject).toMatch(/^\[DRILL\]/);
    }
  });

  it("does not ask which alarms fire: it is about none of them", async () => {
    const { ports } = portsOf({ firing: ["rlsLeak"] });
    expect(await rollBack(drill, ports, context)).toMatchObject({ cause: "drill", alsoFiring: [] });
  });
});

it("is named by the time of arrival when the alarm's own cannot be read", async () => {
  const { ports } = portsOf();
  expect(await rollBack({ ...message, StateChangeTime: "unknown" }, ports, context)).toMatchObject({
    incident: "2026-11-23T12:00:09.000Z",
  });
});
