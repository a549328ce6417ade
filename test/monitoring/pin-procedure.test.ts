import { describe, expect, it } from "vitest";
import { type Health, type Pin, type PinPorts, pin } from "../../monitoring/pin-procedure.ts";

const alarm = {
  AlarmName: "part-lens-prod-rlsLeak",
  NewStateValue: "ALARM",
  NewStateReason: "a row",
  StateChangeTime: "2026-11-23T11:59:50.000+0000",
};
const context = {
  environment: "prod",
  alarmPrefix: "part-lens-prod-",
  now: () => new Date("2026-11-23T12:00:00.000Z"),
};

/** Ports that keep what was asked of them; those named fail. */
function world(
  health: Health | "down",
  failing: readonly (keyof PinPorts)[] = [],
  before?: Partial<Pin> | "unreadable",
) {
  const calls: unknown[][] = [];
  const port =
    (name: keyof PinPorts) =>
    async (...asked: unknown[]) => {
      calls.push([name, ...asked]);
      if (failing.includes(name)) throw new RangeError(`${name} is broken`);
      return `${name} done`;
    };
  const ports: PinPorts = {
    health: async () => {
      if (health === "down") throw new Error("no answer");
      return health;
    },
    recorded: async () => {
      if (before === "unreadable") throw new Error("throttled");
      return before;
    },
    point: port("point"),
    putCodeBack: async () => {
      await port("putCodeBack")();
      return { version: 3, detail: "at version 3" };
    },
    record: port("record"),
    notify: port("notify"),
  };
  return { ports, calls, names: () => calls.map(([name]) => name) };
}

const served = { percent: 50, cap: 100, pinned: false };

describe("the pin", () => {
  it("points at v1, records the cause and tells people, in this order", async () => {
    const { ports, calls } = world(served);
    const result = await pin(alarm, ports, context);
    expect(calls).toEqual([
      ["point"],
      [
        "record",
        {
          ...{ pinned: true, cause: "rlsLeak", at: "2026-11-23T12:00:00.000Z", told: false },
          by: "pin-rlsLeak-20261123T115950000Z",
        },
      ],
      [
        "notify",
        {
          subject: "Part Lens prod: pinned to v1, cause rlsLeak",
          body: expect.stringContaining("done: point"),
          severity: "critical",
          mode: "rollback",
          incident: "2026-11-23T11:59:50.000Z",
          transition: "pin-rlsLeak-20261123T115950000Z",
        },
      ],
    ]);
    expect(result).toMatchObject({ acted: true, cause: "rlsLeak" });
    expect(result.steps.every(({ ok }) => ok)).toBe(true);
  });

  it.each(["functionErrors", "gatewayErrors"])("puts the last known-good code back after %s", async (key) => {
    const { ports, calls, names } = world(served);
    const result = await pin({ ...alarm, AlarmName: `part-lens-prod-${key}` }, ports, context);
    expect(names()).toEqual(["point", "putCodeBack", "record", "notify"]);
    expect(calls[2]?.[1]).toEqual({
      pinned: true,
      cause: key,
      at: "2026-11-23T12:00:00.000Z",
      told: false,
      by: `pin-${key}-20261123T115950000Z`,
      code: 3,
    });
    expect(result.steps[1]).toEqual({ step: "code", ok: true, detail: "at version 3" });
  });

  it("records and tells people where the code cannot be put back, and names no version", async () => {
    const { ports, calls } = world(served, ["putCodeBack"]);
    await pin({ ...alarm, AlarmName: "part-lens-prod-functionErrors" }, ports, context);
    expect(calls.at(-2)).toEqual([
      "record",
      {
        ...{ pinned: true, cause: "functionErrors", at: "2026-11-23T12:00:00.000Z", told: false },
        by: "pin-functionErrors-20261123T115950000Z",
      },
    ]);
    expect(calls.at(-1)?.[1]).toMatchObject({ body: expect.stringContaining("FAILED: code, RangeError") });
  });

  it.each([
    ["nobody can tell who is on v2", { percent: null, cap: null, pinned: false }],
    ["the cap is unknown at 0 %", { percent: 0, cap: null }],
    ["v1's health does not answer", "down"],
    ["the health is empty", {}],
  ] as const)("acts where %s", async (_, health) => {
    const { ports, names } = world(health);
    expect((await pin(alarm, ports, context)).acted).toBe(true);
    expect(names()).toEqual(["point", "record", "notify"]);
  });

  it.each([
    ["at 0 %", { percent: 0, cap: 100, pinned: false }],
    ["at a cap of 0", { percent: 50, cap: 0, pinned: false }],
    ["where the pin holds already", { percent: 50, cap: 100, pinned: true }],
  ])("does nothing %s", async (_, health) => {
    const before = health.pinned ? ({ pinned: true, told: true } as const) : undefined;
    const { ports, calls } = world(health, [], before);
    expect(await pin(alarm, ports, context)).toMatchObject({ acted: false, cause: "rlsLeak", steps: [] });
    expect(calls).toEqual([]);
  });

  const pinnedNow = { percent: 50, cap: 100, pinned: true };
  it.each([
    ["was not recorded", pinnedNow, undefined, ["record", "notify"]],
    ["nobody was told of", pinnedNow, { pinned: true, told: false }, ["notify"]],
    [
      "nobody was told of, at a cap of 0",
      { ...pinnedNow, cap: 0 },
      { pinned: true, told: false },
      ["notify"],
    ],
    ["was recorded before people's knowledge was", pinnedNow, { pinned: true }, []],
    ["nobody can read the record of", pinnedNow, "unreadable", []],
  ] as const)(
    "carries on what an earlier run has left: a pin that %s",
    async (_, health, before, expected) => {
      const { names, ports } = world(health, [], before as Partial<Pin>);
      await pin(alarm, ports, context);
      expect(names()).toEqual(expected);
    },
  );

  it("only tells of a drill, whoever is on v2", async () => {
    for (const health of [served, pinnedNow, "down"] as const) {
      const { calls, names, ports } = world(health);
      const drill = { ...alarm, AlarmName: "part-lens-prod-drill" };
      expect(await pin(drill, ports, context)).toMatchObject({ acted: false, cause: "drill" });
      expect(names()).toEqual(["notify"]);
      expect(calls[0]?.[1]).toMatchObject({ mode: "drill", subject: expect.stringMatching(/^\[DRILL\]/) });
    }
  });

  it.each([
    ["an alarm that recovers", { NewStateValue: "OK" }],
    ["an alarm that only alerts", { AlarmName: "part-lens-prod-p95Latency" }],
  ])("does nothing for %s", async (_, changes) => {
    const { ports, calls } = world(served);
    expect((await pin({ ...alarm, ...changes }, ports, context)).acted).toBe(false);
    expect(calls).toEqual([]);
  });

  it("acts for an alarm that is not in the table: it came by the topic of those that roll back", async () => {
    const { ports } = world(served);
    const result = await pin({ ...alarm, AlarmName: "somebody-elses" }, ports, context);
    expect(result).toMatchObject({ acted: true, cause: "somebody-elses" });
  });

  it.each(["point", "record", "notify"] as const)(
    "with %s broken still does the rest, and says so",
    async (step) => {
      const { ports, calls, names } = world(served, [step]);
      const result = await pin(alarm, ports, context);
      expect(names()).toEqual(["point", "record", "notify"]);
      expect(result.steps.filter(({ ok }) => !ok)).toEqual([
        { step, ok: false, detail: `RangeError: ${step} is broken` },
      ]);
      const told = calls.at(-1)?.[1] as { subject: string; body: string };
      if (step !== "notify") {
        expect(told.subject).toBe("Part Lens prod: PIN INCOMPLETE, cause rlsLeak");
        expect(told.body).toContain(`FAILED: ${step}, RangeError`);
      }
    },
  );
});
