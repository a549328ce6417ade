import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ListObjectsV2Command, PutObjectCommand, S3Client, S3ServiceException } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { VirtualClock } from "../../../../infra/local/clock.ts";
import { LocalAws } from "../../../../infra/local/services/local-aws.ts";
import { entryBucket } from "../../../../monitoring/rollout/aws/entry-bucket-adapter.ts";
import type { RolloutEvent } from "../../../../monitoring/rollout/event.ts";
import { LogMovedError } from "../../../../monitoring/rollout/event-log.ts";
import { numberedEventLog } from "../../../../monitoring/rollout/numbered-log.ts";
import { stamp } from "../live.ts";

const region = "eu-central-1";
const directory = mkdtempSync(join(tmpdir(), "part-lens-entries-"));
const aws = new LocalAws({ clock: new VirtualClock(0), directory, region, invoke: async () => undefined });
let client: S3Client;
let number = 0;
let bucket = "";

beforeAll(async () => {
  const endpoint = await aws.start();
  const credentials = aws.sessions.administrator;
  client = new S3Client({ endpoint, region, credentials, forcePathStyle: true, maxAttempts: 1 });
});
beforeEach(async () => {
  number++;
  bucket = `evidence-${number}`;
  await aws.objects.createBucket(bucket);
});
afterAll(async () => {
  client.destroy();
  await aws.close();
  rmSync(directory, { recursive: true });
});

type Send = (command: never) => Promise<unknown>;

/** The store through a client that treats some calls its own way. */
const store = (own?: (command: unknown, send: Send) => Promise<unknown> | undefined) => {
  const send = client.send.bind(client) as unknown as Send;
  const through = { send: (command: never) => own?.(command, send) ?? send(command) };
  return entryBucket({ bucket, prefix: "rollout/log/" }, through as never, 1);
};
const held = (reason: string): RolloutEvent => ({ kind: "held", ...stamp, reason });
const failure = (status: number) =>
  new S3ServiceException({
    name: "Failure",
    $fault: "server",
    $metadata: { httpStatusCode: status },
    message: `${status}`,
  });

/** A put that does so the first time. */
const once = (does: (command: never, send: Send) => Promise<unknown>) => {
  let left = 1;
  return (command: unknown, send: Send) =>
    command instanceof PutObjectCommand && left-- > 0 ? does(command as never, send) : undefined;
};

describe("the event log in a bucket", () => {
  it("is one log for all who write, with one writer of a number", async () => {
    const logs = Array.from({ length: 4 }, () => numberedEventLog(store()));
    const decided = await Promise.allSettled(logs.map((log, index) => log.append(held(`${index}`), 0)));
    const refusals = decided.flatMap((one) => (one.status === "rejected" ? [one.reason] : []));
    expect(refusals).toHaveLength(3);
    for (const refusal of refusals) expect(refusal).toBeInstanceOf(LogMovedError);
    await Promise.all(logs.map((log, index) => log.append(held(`again ${index}`))));
    expect(await numberedEventLog(store()).read()).toHaveLength(5);
    expect((await aws.objects.list(bucket, "")).map(({ key }) => key)[0]).toBe("rollout/log/00000001.json");
  });

  it("reads more entries than one page of a listing holds, and nothing of what lies beside", async () => {
    const small = (command: unknown, send: Send) =>
      command instanceof ListObjectsV2Command
        ? send(new ListObjectsV2Command({ ...command.input, MaxKeys: 2 }) as never)
        : undefined;
    const log = numberedEventLog(store(small));
    for (const reason of ["a", "b", "c", "d", "e"]) await log.append(held(reason));
    await aws.objects.put(bucket, "rollout/other/00000009.json", Buffer.from("{}"), {
      contentType: "application/json",
      metadata: {},
      ifNoneMatch: false,
    });
    expect((await log.read()).map((event) => event.kind === "held" && event.reason)).toEqual([
      "a",
      "b",
      "c",
      "d",
      "e",
    ]);
  });

  it("writes an event once where the answer was lost after the object was written", async () => {
    const lost = once(async (command, send) => {
      await send(command);
      throw new Error("socket hang up");
    });
    const log = numberedEventLog(store(lost));
    await log.append(held("a"), 0);
    expect(await log.read()).toEqual([held("a")]);
  });

  it.each([
    ["an error of the service", 503],
    ["a conditional write of somebody else that is under way", 409],
  ])("tries again after %s", async (_, status) => {
    const log = numberedEventLog(store(once(() => Promise.reject(failure(status)))));
    await log.append(held("a"), 0);
    expect(await log.read()).toEqual([held("a")]);
  });

  it("gives up at once where it may not write, and says so", async () => {
    let puts = 0;
    const denied = (command: unknown) => {
      if (!(command instanceof PutObjectCommand)) return undefined;
      puts++;
      return Promise.reject(failure(403));
    };
    await expect(numberedEventLog(store(denied)).append(held("a"))).rejects.toThrow("403");
    expect(puts).toBe(1);
  });
});
