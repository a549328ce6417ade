import { beforeEach, expect, test } from "vitest";
import { RollbackWatch } from "../../../infra/local/rehearsal/rollback-watch.ts";
import type { AlarmService, Transition } from "../../../infra/local/services/alarm-service.ts";

const prefix = "part-lens-local-";
let tell: (name: string, to: Transition["to"], at: number) => void;
let watch: RollbackWatch;

beforeEach(() => {
  const alarms: Pick<AlarmService, "onTransition"> = {
    onTransition: (listener) => {
      tell = (name, to, at) => void listener({ name, arn: "", from: "OK", to, at, reason: "" });
      return () => undefined;
    },
  };
  watch = new RollbackWatch(alarms as AlarmService, prefix);
});

test("the cause is the alarm that fired first", () => {
  tell(`${prefix}errorRate`, "ALARM", 2_000);
  tell(`${prefix}rlsLeak`, "ALARM", 3_000);
  expect(watch.rollback).toMatchObject({ cause: "errorRate", alsoFiring: ["rlsLeak"], conditionAt: 2_000 });
});

test("of those that fire at once it is the first in the alarm table", () => {
  tell(`${prefix}errorRate`, "ALARM", 2_000);
  tell(`${prefix}serverErrors`, "ALARM", 2_000);
  expect(watch.rollback).toMatchObject({ cause: "serverErrors", alsoFiring: ["errorRate"] });
});

test("alarms that only alert, the composite, and recoveries are no rollback", () => {
  tell(`${prefix}p95Latency`, "ALARM", 1_000);
  tell(`${prefix}v2-unhealthy`, "ALARM", 1_000);
  tell(`${prefix}rlsLeak`, "OK", 1_000);
  expect(watch.rollback).toBeUndefined();
});

test("the way that is in force first counts, and rearming forgets everything", () => {
  tell(`${prefix}rlsLeak`, "ALARM", 1_000);
  expect(watch.rollback).toMatchObject({ way: undefined, downAt: undefined });
  watch.down("pin", 20_000);
  watch.down("killSwitch", 30_000);
  watch.down("pin", 40_000);
  expect(watch.rollback).toMatchObject({ way: "pin", downAt: 20_000 });
  watch.rearm();
  expect(watch.rollback).toBeUndefined();
});

test("the result is the one of the way that was first, of its first time that it acted", () => {
  tell(`${prefix}rlsLeak`, "ALARM", 1_000);
  watch.finished("killSwitch", { acted: true, milliseconds: 5 });
  watch.finished("pin", { acted: false, milliseconds: 1 });
  watch.down("pin", 20_000);
  expect(watch.rollback?.result).toBeUndefined();
  watch.finished("pin", { acted: true, milliseconds: 2 });
  watch.finished("pin", { acted: true, milliseconds: 3 });
  expect(watch.rollback?.result).toEqual({ acted: true, milliseconds: 2 });
});
