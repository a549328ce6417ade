import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { bundle } from "../../../infra/api/bundle.ts";
import { userId, yachts } from "../../support/fleet.ts";
import { hashOf, png, type StorageApi, send, startStorageApi } from "./storage-api.ts";

interface Result {
  readonly statusCode: number;
  readonly body: string;
}

interface Entry {
  handler(event: object): Promise<Result>;
  close(): Promise<void>;
}

let storage: StorageApi;
let entry: Entry;

beforeAll(async () => {
  storage = await startStorageApi();
  for (const [name, value] of Object.entries(storage.api.variables)) vi.stubEnv(name, value);
  // Its log.
  vi.spyOn(process.stdout, "write").mockReturnValue(true);
  const { archive } = await bundle("api");
  entry = await import(pathToFileURL(join(String(await archive.path), "index.mjs")).href);
});
afterAll(async () => {
  await entry?.close();
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  await storage.stop();
});

/** An event as the HTTP API sends it. */
async function handled(method: string, path: string, body?: object) {
  const event = JSON.parse(readFileSync(new URL("../http-api-event.json", import.meta.url), "utf8"));
  event.headers.authorization = `Bearer ${await storage.api.token(userId("aurora", "captain"))}`;
  event.requestContext.http.method = method;
  event.rawPath = event.requestContext.http.path = path;
  event.rawQueryString = body ? "" : `yacht_id=${yachts.aurora}`;
  const text = JSON.stringify({ ...body, yacht_id: yachts.aurora });
  event.headers["content-length"] = String(text.length);
  event.body = body ? Buffer.from(text).toString("base64") : undefined;
  event.isBase64Encoded = body !== undefined;
  const { statusCode, body: answered } = await entry.handler(event);
  return { status: statusCode, body: JSON.parse(answered) };
}

test("the function as it is deployed signs, checks and reads an object", async () => {
  const photo = png(2000);
  const path = "/v2/storage/objects";
  const registered = await handled("POST", path, {
    bucket: "pms-part-photos",
    part_id: storage.api.postgres.partIds.aurora["P-1"],
    file_name: "bundle.png",
    size_bytes: photo.byteLength,
    mime_type: "image/png",
    sha256: hashOf(photo),
  });
  expect(registered).toMatchObject({ status: 200, body: { state: "registered" } });
  expect(await send(registered.body.upload, photo)).toBe(200);
  const object = `${path}/${registered.body.object_id}`;
  expect(await handled("POST", `${object}/confirm`, {})).toMatchObject({
    status: 200,
    body: { state: "confirmed" },
  });
  const viewed = await handled("GET", object);
  const read = await fetch(viewed.body.download.url);
  expect(Buffer.from(await read.arrayBuffer()).equals(photo)).toBe(true);
  expect(await handled("DELETE", object)).toMatchObject({ status: 200, body: { state: "deleted" } });
});
