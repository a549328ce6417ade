import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { VirtualClock } from "../../../infra/local/clock.ts";
import type { LocalStack } from "../../../infra/local/local-stack.ts";
import { LocalAws } from "../../../infra/local/services/local-aws.ts";
import type { ServiceOutputs } from "../../../infra/local/stack-outputs.ts";
import { LocalPlace } from "../../../infra/update/local-place.ts";
import { hear, topicRecord } from "../../../monitoring/incident/notifier-procedure.ts";
import { undelivered } from "../../../monitoring/incident/outbox.ts";
import { rollbackTelling } from "../../../monitoring/rollout/control/rollback-telling.ts";
import type { EventLog } from "../../../monitoring/rollout/event-log.ts";
import { incidentMap } from "../../support/incidents.ts";

const at = "2026-11-23T14:00:00.000Z";
const directory = mkdtempSync(join(tmpdir(), "part-lens-place-"));
afterAll(() => rmSync(directory, { recursive: true }));

it("tells the contacts by the topic, whose notifier enters it into the record of an incident of its own", async () => {
  const clock = new VirtualClock(Date.parse(at));
  const objects = new Map<string, string>();
  const ports = { store: incidentMap(objects), post: async () => undefined, tries: 1, pauseMilliseconds: 0 };
  const invoke = async (_: string, event: unknown) => {
    const [record] = (event as { Records: unknown[] }).Records;
    return hear(topicRecord.parse(record), "part-lens-local-", ports);
  };
  const aws = new LocalAws({ clock, directory, region: "eu-central-1", invoke });
  const topic = aws.topics.createTopic("alerts");
  const filterPolicy = JSON.stringify({ severity: ["critical"] });
  aws.topics.subscribe({ topic, protocol: "email", endpoint: "ops@example.org", filterPolicy });
  aws.topics.subscribe({ topic, protocol: "lambda", endpoint: "notifier" });
  const place = new LocalPlace({
    stack: { aws } as LocalStack,
    service: { topics: { alerts: topic } } as ServiceOutputs,
    log: {} as EventLog,
    clock,
    note: () => undefined,
  });
  const move = { from: "ramp-20", to: "off", locked: true, down: true, v1: true, steps: [] } as const;
  const who = {
    environment: "local",
    origin: "asked",
    actor: "ada",
    at,
    cause: "odd - numbers",
    alsoFiring: [],
  } as const;
  const telling = rollbackTelling({ ...who, ...move, writtenAt: at });
  expect(await place.tell(telling)).toMatchObject({ channel: "sns", endpoint: topic });
  await clock.advance(10_000);
  const { subject, body: message } = telling;
  const mails = aws.topics.deliveries.filter(({ protocol }) => protocol === "email");
  expect(mails).toMatchObject([{ endpoint: "ops@example.org", subject, message }]);
  const entry = `incidents/${at}/outbox/control-odd_numbers-20261123T140000000Z`;
  expect([...objects.keys()]).toEqual([`${entry}.json`, `${entry}.sns.json`]);
  expect(JSON.parse(objects.get(`${entry}.json`)!)).toMatchObject({ way: "control", cause: "odd_numbers" });
  expect(await undelivered(`incidents/${at}/`, ports.store)).toEqual([]);
  await aws.close();
});
