import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import type { S3Client } from "@aws-sdk/client-s3";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { createS3ObjectStore } from "../../../api/storage/s3-object-store.ts";
import { createYachtSessions } from "../../../api/storage/yacht-sessions.ts";
import { AwsError } from "../../../infra/local/services/aws-error.ts";
import { closedPort } from "../../support/closed-port.ts";
import { yachts } from "../../support/fleet.ts";
import { physical, png, type StorageApi, sessionRole, startStorageApi } from "./storage-api.ts";

let storage: StorageApi;
const region = "eu-west-1";
const bucket = "pms-part-photos";
const place = { bucket, key: `${yachts.aurora}/parts/p/none.png` } as const;

beforeAll(async () => {
  storage = await startStorageApi();
});
afterEach(() => vi.restoreAllMocks());
afterAll(() => storage.stop());

const endpoint = () => storage.api.variables.AWS_ENDPOINT_URL ?? "";
const sessions = (now?: () => number) =>
  createYachtSessions({ roleArn: sessionRole, region, endpoint: endpoint(), ...(now && { now }) });

describe("a yacht's session", () => {
  test("is taken once for requests that come together, and tagged with the yacht", async () => {
    const taking = vi.spyOn(storage.aws.sessions, "assumeRole");
    const clientOf = sessions();
    const clients = await Promise.all([1, 2, 3].map(() => clientOf(yachts.aurora)));
    expect(new Set(clients).size).toBe(1);
    expect(taking).toHaveBeenCalledTimes(1);
    expect(taking.mock.calls[0]?.[1]).toMatchObject({
      roleArn: sessionRole,
      tags: { yacht_id: yachts.aurora },
    });
    expect(await clientOf(yachts.borealis)).not.toBe(clients[0]);
    expect(taking).toHaveBeenCalledTimes(2);
  });

  test("is taken anew before a URL that it signs could outlive it", async () => {
    const taking = vi.spyOn(storage.aws.sessions, "assumeRole");
    let minutes = 0;
    const clientOf = sessions(() => Date.now() + minutes * 60_000);
    await clientOf(yachts.aurora);
    minutes = 39;
    await clientOf(yachts.aurora);
    expect(taking).toHaveBeenCalledTimes(1);
    minutes = 44;
    await clientOf(yachts.aurora);
    expect(taking).toHaveBeenCalledTimes(2);
  });

  test("that was refused is asked for again the next time", async () => {
    const clientOf = sessions();
    vi.spyOn(storage.aws.sessions, "assumeRole").mockImplementationOnce(() => {
      throw new AwsError("AccessDenied", "not now", 403);
    });
    await expect(clientOf(yachts.aurora)).rejects.toMatchObject({ name: "AccessDenied" });
    await expect(clientOf(yachts.aurora)).resolves.toBeDefined();
  });
});

describe("the store", () => {
  test("that cannot be reached is a dependency that is down", async () => {
    const nowhere = `http://127.0.0.1:${closedPort}`;
    const clientOf = createYachtSessions({ roleArn: sessionRole, region, endpoint: nowhere });
    const store = createS3ObjectStore({ buckets: physical, clientOf });
    await expect(store.find(yachts.aurora, place, 1)).rejects.toMatchObject({
      code: "dependency_unavailable",
    });
  });

  test("that refuses the session itself is a mistake of ours, not the caller's", async () => {
    const clientOf = createYachtSessions({ roleArn: `${sessionRole}-other`, region, endpoint: endpoint() });
    const store = createS3ObjectStore({ buckets: physical, clientOf });
    const asked = store.signDownload(yachts.aurora, place);
    await expect(asked).rejects.toMatchObject({ name: "AccessDenied" });
    await expect(asked).rejects.not.toHaveProperty("code", "object_forbidden");
  });

  test("knows an own object that is not there from a foreign one, though S3 says AccessDenied to both", async () => {
    const { store } = storage.api.dependencies;
    vi.spyOn(storage.aws.objects, "get").mockRejectedValue(
      new AwsError("AccessDenied", "as S3 says it", 403),
    );
    expect(await store.find(yachts.aurora, place, 1)).toBeUndefined();
    const foreign = { bucket, key: `${yachts.borealis}/parts/p/none.png` } as const;
    await expect(store.find(yachts.aurora, foreign, 1)).rejects.toMatchObject({ code: "object_forbidden" });
  });

  test("reads only the first bytes of an object whose hash S3 has checked at the upload", async () => {
    const photo = png(5000);
    const sha256 = createHash("sha256").update(photo).digest();
    let read = 0;
    const body = Readable.from(
      (function* () {
        for (let at = 0; at < photo.length; at += 16) {
          read += 16;
          yield photo.subarray(at, at + 16);
        }
      })(),
    );
    const answer = {
      ContentLength: photo.length,
      ContentType: "image/png",
      ChecksumSHA256: sha256.toString("base64"),
      Body: body,
    };
    const client = { send: async () => answer } as unknown as S3Client;
    const store = createS3ObjectStore({ buckets: physical, clientOf: async () => client });
    const found = await store.find(yachts.aurora, place, photo.length);
    expect(found).toMatchObject({ size: photo.length, sha256: sha256.toString("hex") });
    expect(Buffer.from(found?.head ?? []).equals(photo.subarray(0, 16))).toBe(true);
    expect(read).toBeLessThan(photo.length);
    expect(body.destroyed).toBe(true);
  });
});
