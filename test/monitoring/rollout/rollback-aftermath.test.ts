import { describe, expect, it } from "vitest";
import { CrashingWorld, type Point, points } from "../../support/crashing-place.ts";

const minute = 60_000;
/** The names of what was told, each once however often it was. */
const names = ({ told }: CrashingWorld) => [...new Set(told.map(({ transition }) => transition))];

/** What holds from a point on, whatever happens later. */
function expectDown(world: CrashingWorld): void {
  expect(world.cap).toBe(0);
  expect(world.lock).toMatchObject({ locked: true, to: "off" });
  const rolledBack = world.events.filter(({ kind }) => kind === "rolledBack");
  expect(rolledBack).toMatchObject([{ to: "off" }]);
}

describe("a rollback whose process is killed", () => {
  const after = points.map((point) => ({ point }));

  it.each(after)("after $point is finished by the judge's look, and told once", async ({ point }) => {
    const world = new CrashingWorld();
    await world.run("rollback", point);
    expect(world.cap).toBe(0);
    world.time += 2 * minute;
    for (let looks = 0; looks < 3; looks++) await world.run("judge");
    expectDown(world);
    expect(world.documentStage).toBe("off");
    expect(world.told).toHaveLength(1);
    expect(world.told[0]?.move).toMatchObject({ from: "ramp-20", to: "off" });
    const receipts = [...world.objects.keys()].filter((key) => key.endsWith(".sns.json"));
    expect(receipts).toHaveLength(1);
  });

  it.each(after)("after $point is finished by the next verb, too", async ({ point }) => {
    const world = new CrashingWorld();
    await world.run("rollback", point);
    world.time += 2 * minute;
    await world.run("hold");
    expectDown(world);
    expect(world.told).toHaveLength(1);
  });

  it.each<{ point: Point; cause: string }>([
    { point: "cap0", cause: "killSwitch" },
    { point: "log", cause: "odd numbers" },
  ])("after $point is told with the cause that is known: $cause", async ({ point, cause }) => {
    const world = new CrashingWorld();
    await world.run("rollback", point);
    world.time += 2 * minute;
    await world.run("judge");
    expect(world.told).toMatchObject([{ cause, severity: "critical", complete: true }]);
  });

  it("is left to whoever went down as long as they may still be at it", async () => {
    const world = new CrashingWorld();
    await world.run("rollback", "lock");
    world.time += minute / 2;
    await world.run("judge");
    expect(world.told).toEqual([]);
  });

  it("is told of a second time, by the same name, only where the topic had it and the notifier had not", async () => {
    const world = new CrashingWorld();
    world.hasNotifier = false;
    await world.run("rollback", "publish");
    world.time += 2 * minute;
    for (let looks = 0; looks < 3; looks++) await world.run("judge");
    expect([world.told.length, names(world).length]).toEqual([2, 1]);
  });

  it("is told of once it was acknowledged, too, and not as if what is served since then were its fault", async () => {
    const world = new CrashingWorld();
    await world.run("rollback", "lower");
    world.acknowledged();
    world.time += 2 * minute;
    await world.run("judge").catch(() => undefined);
    expect(world.told).toMatchObject([
      { complete: true, body: expect.not.stringMatching(/STILL BE SERVED/) },
    ]);
  });

  it("is told of as by whoever did it where the log took nothing, and once", async () => {
    const world = new CrashingWorld();
    await world.run("rollback", undefined, "log");
    for (let looks = 0; looks < 3; looks++) {
      world.time += 2 * minute;
      await world.run("judge");
    }
    expectDown(world);
    expect(world.events.at(-1)).toMatchObject({ actor: "ada", cause: "odd numbers", origin: "asked" });
    expect(world.told).toMatchObject([{ move: { actor: "ada", origin: "asked" } }]);
  });

  it("is not told of where its evidence is gone with the stack that it was in", async () => {
    const world = new CrashingWorld();
    await world.run("rollback", "lock");
    world.time += 2 * minute;
    world.recordedFrom = world.time - minute;
    await world.run("judge");
    expect(world.told).toEqual([]);
  });

  it("is not told of any more after a day", async () => {
    const world = new CrashingWorld();
    await world.run("rollback", "lock");
    world.time += 25 * 60 * minute;
    await world.run("judge");
    expect(world.told).toEqual([]);
  });
});

describe("a rollback of which a step fails", () => {
  const later = (point: Point) => points.slice(points.indexOf(point) + 1);
  const pairs = points.slice(0, -1).flatMap((point) => later(point).map((broken) => ({ point, broken })));
  it.each(pairs)(
    "keeps what $point did when $broken fails, now and in the next looks",
    async ({ point, broken }) => {
      const world = new CrashingWorld();
      await world.run("rollback", undefined, broken);
      world.time += 2 * minute;
      await world.run("judge", undefined, broken).catch(() => undefined);
      const did: Record<Point, () => unknown> = {
        cap0: () => world.cap === 0,
        log: () => world.events.some(({ kind }) => kind === "rolledBack"),
        lock: () => world.lock.locked,
        lower: () => world.documentStage === "off",
        proveV1: () => world.told.length > 0 || ["outbox", "publish"].includes(broken),
        outbox: () => world.objects.size > 0,
        publish: () => world.told.length > 0,
        receipt: () => true,
      };
      expect(did[point]()).toBe(true);
      // As soon as it works again, it is finished.
      for (let looks = 0; looks < 2; looks++) {
        world.time += 2 * minute;
        await world.run("judge");
      }
      expect(world.lock.locked).toBe(true);
      expect(world.events.filter(({ kind }) => kind === "rolledBack").length).toBeGreaterThan(0);
      expect(names(world).length).toBeGreaterThan(0);
      expect(world.cap).toBe(0);
    },
  );

  it("notes once that nobody can be told, and tries again at each look", async () => {
    const world = new CrashingWorld();
    await world.run("rollback", undefined, "publish");
    const { control } = world.process(undefined, "publish");
    for (let looks = 0; looks < 3; looks++) {
      world.time += 2 * minute;
      await control.tidy();
    }
    expect(world.notes.filter((note) => /could not be told/.test(note))).toHaveLength(1);
    expect([...world.objects.keys()]).toEqual([expect.stringMatching(/outbox\/control-odd_numbers/)]);
    await world.run("judge");
    expect(world.told).toHaveLength(1);
  });
});
