import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { type StageName, stageNames, stageOf } from "../../../flags/plan.ts";
import { environments } from "../../../infra/naming.ts";
import {
  assertFalls,
  type LiveStack,
  reconciliation,
  StageWouldRise,
} from "../../../infra/update/reconciliation.ts";
import {
  StackFileUnusable,
  settingOf,
  stackFile,
  stackSettings,
  withSetting,
} from "../../../infra/update/stack-file.ts";

const at = "2026-01-01T00:00:00.000Z";
const open = { locked: false } as const;
const locked = (to: StageName) => ({ locked: true, cause: "serverErrors", at, to }) as const;
const pinned = { pinned: true, cause: "functionErrors", at } as const;

describe("what the stack files must say", () => {
  it.each([
    [
      "nothing was taken down: the file may be ahead",
      "canary-5",
      { documentStage: "off", lock: open },
      "canary-5",
    ],
    [
      "the lock was acknowledged",
      "ramp-20",
      { documentStage: "off", lock: open, pin: { pinned: false } },
      "ramp-20",
    ],
    ["the kill switch locked at off", "ramp-50", { documentStage: "ramp-50", lock: locked("off") }, "off"],
    [
      "a bake failed, back one stage",
      "ramp-50",
      { documentStage: "ramp-50", lock: locked("ramp-20") },
      "ramp-20",
    ],
    [
      "AppConfig restored the stage before",
      "ramp-50",
      { documentStage: "ramp-20", lock: locked("ramp-50") },
      "ramp-20",
    ],
    ["the pin alone acted", "full-100", { documentStage: "full-100", lock: open, pin: pinned }, "off"],
    [
      "the file is below what the lock allows",
      "off",
      { documentStage: "canary-5", lock: locked("canary-5") },
      "off",
    ],
    ["nothing was ever deployed", "canary-5", { documentStage: "unknown", lock: locked("off") }, "off"],
  ] as const satisfies readonly (readonly [string, StageName, LiveStack, StageName])[])(
    "%s: %s stays or goes down",
    (_, rolloutStage, live, stage) => {
      const found = reconciliation(live, { rolloutStage });
      expect(found.stage).toBe(stage);
      expect(found.changes).toEqual(
        stage === rolloutStage
          ? []
          : [{ layer: "rollout", key: "rolloutStage", from: rolloutStage, to: stage }],
      );
    },
  );

  it.each([
    ["latest", 12, [{ layer: "service", key: "codeVersion", from: "latest", to: "12" }]],
    ["13", 12, [{ layer: "service", key: "codeVersion", from: "13", to: "12" }]],
    ["12", 12, []],
    ["latest", undefined, []],
    [undefined, 12, []],
  ] as const)("codeVersion %s with version %s put back", (codeVersion, heldCode, changes) => {
    const files = { rolloutStage: "off", ...(codeVersion && { codeVersion }) } as const;
    expect(reconciliation({ documentStage: "off", lock: locked("off"), heldCode }, files).changes).toEqual(
      changes,
    );
  });

  const stage = fc.constantFrom(...stageNames);
  const anyLive: fc.Arbitrary<LiveStack> = fc.record({
    documentStage: fc.oneof(stage, fc.constant("unknown")),
    lock: fc.oneof(fc.constant(open), stage.map(locked)),
    pin: fc.oneof(fc.constant(undefined), fc.constant(pinned)),
  });

  it("never raises: not above the file, what is live, the lock or the pin, whatever they are", () => {
    fc.assert(
      fc.property(anyLive, stage, (live, rolloutStage) => {
        const found = reconciliation(live, { rolloutStage });
        assertFalls(found, live);
        const { percent } = stageOf(found.stage);
        expect(percent).toBeLessThanOrEqual(stageOf(rolloutStage).percent);
        if (found.because === undefined) {
          expect(found.changes).toEqual([]);
          return;
        }
        if (live.documentStage !== "unknown")
          expect(percent).toBeLessThanOrEqual(stageOf(live.documentStage).percent);
        if (live.lock.locked) expect(percent).toBeLessThanOrEqual(stageOf(live.lock.to).percent);
        if (live.pin) expect(percent).toBe(0);
      }),
    );
  });

  it("is right after it was written: a second look changes nothing", () => {
    fc.assert(
      fc.property(anyLive, stage, (live, rolloutStage) => {
        const found = reconciliation(live, { rolloutStage });
        expect(reconciliation(live, { rolloutStage: found.stage }).changes).toEqual([]);
      }),
    );
  });

  it.each([
    ["canary-5", "ramp-20", "ramp-20"],
    ["ramp-50", "ramp-20", "canary-5"],
    ["canary-5", "canary-5", "canary-5"],
  ] as const)("refuses to write, over %s, %s while %s is live", (from, to, documentStage) => {
    const changes = [{ layer: "rollout", key: "rolloutStage", from, to }] as const;
    expect(() => assertFalls({ changes }, { documentStage, lock: open })).toThrow(StageWouldRise);
  });
});

describe("a stack file", () => {
  const read = (layer: "rollout" | "service", environment = "prod") =>
    readFileSync(stackFile(environment, layer), "utf8");

  it.each(environments)("of %s has the settings that reconciling changes", (environment) => {
    const settings = stackSettings({
      rollout: read("rollout", environment),
      service: read("service", environment),
    });
    expect(settings).toEqual({ rolloutStage: "off", codeVersion: "latest" });
  });

  it.each([
    ["rollout", "rolloutStage", "canary-5"],
    ["service", "codeVersion", "12"],
  ] as const)("of the %s layer keeps every other character when %s changes", (layer, key, value) => {
    const before = read(layer);
    const after = withSetting(before, key, value);
    const [were, are] = [before.split("\n"), after.split("\n")];
    const changed = are.filter((line, index) => line !== were[index]);
    expect([are.length, changed.length]).toEqual([were.length, 1]);
    expect(changed[0]).toContain(`part-lens:${key}: `);
    expect(settingOf(after, key)).toBe(value);
    expect(withSetting(after, key, String(settingOf(before, key)))).toBe(
      layer === "rollout" ? before : before.replace("codeVersion: latest", 'codeVersion: "latest"'),
    );
  });

  it("keeps a comment behind the value, and says off as a text, which YAML 1.1 takes for false", () => {
    const text = "config:\n  part-lens:rolloutStage: canary-5 # since Monday\n";
    const after = withSetting(text, "rolloutStage", "off");
    expect(after).toBe('config:\n  part-lens:rolloutStage: "off" # since Monday\n');
    expect(parse(after, { version: "1.1" }).config["part-lens:rolloutStage"]).toBe("off");
  });

  it.each([
    ["no such setting", "config:\n  part-lens:other: 1\n"],
    ["no YAML", "config: [\n"],
    ["no single value", "config:\n  part-lens:rolloutStage: [off]\n"],
  ])("with %s is refused, and nothing is written", (_, text) => {
    expect(() => withSetting(text, "rolloutStage", "off")).toThrow(StackFileUnusable);
  });
});
