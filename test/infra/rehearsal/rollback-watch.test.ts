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

test("the first cap counts, and rearming forgets everything", () => {
  tell(`${prefix}rlsLeak`, "ALARM", 1_000);
  watch.capped(30_000);
  watch.capped(40_000);
  expect(watch.rollback?.downAt).toBe(30_000);
  watch.rearm();
  expect(watch.rollback).toBeUndefined();
});
