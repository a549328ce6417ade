import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ReplayStack } from "../../../infra/local/replay/replay-stack.ts";
import { LocalPlace } from "../../../infra/update/local-place.ts";
import { readIncident } from "../../../monitoring/incident/incident-file.ts";
import { incidentOf } from "../../../monitoring/rollout/control/rollback-telling.ts";
import { RolloutControl } from "../../../monitoring/rollout/control/rollout-control.ts";
import type { RolloutEvent } from "../../../monitoring/rollout/event.ts";
import { fileEventLog } from "../../../monitoring/rollout/event-log.ts";

const directory = mkdtempSync(join(tmpdir(), "part-lens-by-hand-"));
let stack: ReplayStack;

beforeAll(async () => {
  stack = await ReplayStack.open(join(directory, "stack"));
});
afterAll(async () => {
  await stack?.close();
  rmSync(directory, { recursive: true, force: true });
});

it("a lock that somebody puts into the parameter themselves is told as that, with who it was and that no alarm was", async () => {
  const { clock, service } = stack;
  const log = fileEventLog(join(directory, "log.jsonl"));
  const at = new Date(clock.now()).toISOString();
  await log.append({ kind: "advanced", at, actor: "ada", to: "canary-5", cohort: ["a"] });
  const place = new LocalPlace({ stack, service, log, clock, note: () => undefined });
  const { region, endpoint, ...credentials } = stack.access;
  const Value = JSON.stringify({ locked: true, cause: "odd numbers in port", at, to: "off" });
  const Name = "/part-lens/local/rollout/lock";
  const put = new PutParameterCommand({ Name, Value, Type: "String", Overwrite: true });
  await new SSMClient({ region, endpoint, credentials }).send(put);

  await new RolloutControl(place).tidy();
  place.close();

  const actor = "arn:aws:iam::000000000000:user/administrator";
  const event = (await log.read()).at(-1) as Extract<RolloutEvent, { kind: "rolledBack" }>;
  expect(event).toMatchObject({
    ...{ kind: "rolledBack", to: "off", cause: "odd numbers in port" },
    ...{ actor, origin: "byHand", alsoFiring: [] },
  });
  const told = (await readIncident(incidentOf(event.at), place.incidents))?.told ?? [];
  expect(told).toMatchObject([{ way: "control", receipts: [{ channel: "sns" }] }]);
  expect(told[0]?.body).toContain(`Who: ${actor}`);
  expect(told[0]?.body).toMatch(/^Cause: odd numbers in port \(by hand: .*; no alarm was in ALARM then\)$/m);
  expect(told[0]?.body).toMatch(/^done: proveV1 .*v1 answered 3 times/m);
});
