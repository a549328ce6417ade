/** generate_part_labels and request_label_output, with PostgreSQL, S3, sessions and a webhook. */
import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { PDFDocument } from "@cantoo/pdf-lib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createOutputWebhook } from "../../../api/labels/output-webhook.ts";
import { successSchema, v2Results } from "../../../api/openapi/result-schemas.ts";
import { yachts } from "../../support/fleet.ts";
import type { Answered } from "../harness.ts";
import { type Member, physical, type StorageApi, startStorageApi } from "../storage/storage-api.ts";

interface Order {
  readonly id: string | undefined;
  readonly body: Record<string, string>;
}

let storage: StorageApi;
let webhook: Server;
let webhookStatus = 202;
const orders: Order[] = [];
const captain: Member = ["aurora", "captain"];

async function received(request: IncomingMessage): Promise<Order> {
  let text = "";
  for await (const chunk of request) text += chunk;
  return { id: request.headers["idempotency-key"] as string | undefined, body: JSON.parse(text) };
}

beforeAll(async () => {
  webhook = createServer(async (request, response) => {
    orders.push(await received(request));
    response.writeHead(webhookStatus, webhookStatus === 307 ? { location: "http://127.0.0.1:1/" } : {}).end();
  });
  await new Promise<void>((resolve) => webhook.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(webhook.address() as AddressInfo).port}/labels`;
  storage = await startStorageApi(() => ({ queueOutput: createOutputWebhook(url) }));
});
afterAll(async () => {
  await storage.stop();
  await new Promise((resolve) => webhook.close(resolve));
});

const idsOf = (yacht: "aurora" | "borealis") => Object.values(storage.api.postgres.partIds[yacht]);
const generate = (payload: object, key?: string, member = captain) =>
  storage.api.execute("/v2", member, "generate_part_labels", payload, key);
const output = (payload: object, key?: string, member = captain) =>
  storage.api.execute("/v2", member, "request_label_output", payload, key);
const outcome = ({ status, body }: Answered) => [status, body.code ?? body.status];
const stored = () => storage.aws.objects.list(physical["pms-label-pdfs"]);

async function rows(text: string, values: unknown[] = []) {
  const auditor = await storage.api.postgres.client("part_lens_auditor", storage.api.postgres.tenants.alpha);
  const found = await auditor.query(text, values);
  await auditor.end();
  return found.rows;
}

describe("generate_part_labels", () => {
  test("stores a PDF under the first part, with a confirmed row and an audit row", async () => {
    const made = await generate({ part_ids: idsOf("aurora") }, "labels-1");
    const answer = successSchema("generate_part_labels", v2Results.generate_part_labels).parse(made.body);
    expect(answer).toMatchObject({ label_format: "a4", label_count: 4, page_count: 1 });
    expect(answer.key).toBe(
      `${yachts.aurora}/parts/${idsOf("aurora")[0]}/labels/${made.body.execution_id}.pdf`,
    );
    const object = (await storage.aws.objects.get(physical["pms-label-pdfs"], String(answer.key)))!;
    expect(createHash("sha256").update(object.body).digest("hex")).toBe(answer.sha256);
    expect((await PDFDocument.load(object.body)).getPageCount()).toBe(1);
    const [row] = await rows("select state, size_bytes::int from part_lens.storage_objects where id = $1", [
      answer.document_id,
    ]);
    expect(row).toEqual({ state: "confirmed", size_bytes: object.body.length });
    const audited = await rows(
      "select action, version from part_lens.pms_audit_log where execution_id = $1",
      [answer.execution_id],
    );
    expect(audited).toEqual([{ action: "generate_part_labels", version: "v2" }]);
  });

  test("repeated with its key makes no second document", async () => {
    const before = (await stored()).length;
    const again = await generate({ part_ids: idsOf("aurora") }, "labels-1");
    expect(outcome(again)).toEqual([409, "duplicate_idempotency_key"]);
    expect(again.body.result).toMatchObject({ label_count: 4 });
    expect((await stored()).length).toBe(before);
  });

  test("by many at once with one key confirms one document; what the others left is not confirmed", async () => {
    const answers = await Promise.all(
      Array.from({ length: 4 }, () => generate({ part_ids: idsOf("aurora") }, "many")),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409]);
    const confirmed = await rows(
      "select count(*)::int as documents from part_lens.storage_objects where bucket = 'pms-label-pdfs' and state = 'confirmed'",
    );
    expect(confirmed).toEqual([{ documents: 2 }]);
  });

  test.each([
    [
      "a part of another yacht among them",
      () => [...idsOf("aurora"), idsOf("borealis")[0]],
      [404, "part_not_found"],
    ],
    ["no part", () => [], [400, "invalid_payload"]],
    ["201 labels", () => Array(201).fill(idsOf("aurora")[0]), [400, "invalid_payload"]],
  ])("with %s is refused, and nothing is stored", async (_, ids, expected) => {
    const before = (await stored()).length;
    expect(outcome(await generate({ part_ids: ids() }))).toEqual(expected);
    expect((await stored()).length).toBe(before);
  });

  test("prints a part as often as it is asked for, on the roll if wanted", async () => {
    const part = idsOf("aurora")[1];
    const made = await generate({ part_ids: [part, part, part], label_format: "thermal", include_qr: false });
    expect(made.body).toMatchObject({ label_count: 3, page_count: 3, label_format: "thermal" });
  });
});

describe("request_label_output", () => {
  const documentId = async () => String((await generate({ part_ids: idsOf("aurora") })).body.document_id);

  test("gives a signed URL to download, and keeps the URL nowhere", async () => {
    const document_id = await documentId();
    const asked = await output({ document_id, output: "download" }, "download-1");
    successSchema("request_label_output", v2Results.request_label_output).parse(asked.body);
    expect(asked.body).toMatchObject({ document_id, output: "download", output_state: "signed" });
    const pdf = await fetch(String(asked.body.url));
    expect(pdf.status).toBe(200);
    expect((await PDFDocument.load(await pdf.arrayBuffer())).getPageCount()).toBe(1);
    const kept = await rows(
      "select result::text, key from part_lens.pms_idempotency_keys where key = 'download-1'",
    );
    const audited = await rows("select to_jsonb(entry)::text as entry from part_lens.pms_audit_log entry");
    expect(JSON.stringify([kept, audited])).not.toContain("X-Amz-Signature");
    expect(storage.api.lines.join("\n")).not.toContain("X-Amz-Signature");
  });

  test.each(["print", "email"])("hands %s to the webhook, once for a key that is repeated", async (way) => {
    const document_id = await documentId();
    const before = orders.length;
    const asked = await output({ document_id, output: way }, `order-${way}`);
    expect(asked.body).toMatchObject({ output: way, output_state: "queued" });
    expect(asked.body).not.toHaveProperty("url");
    const order = orders.at(-1)!;
    expect(order).toMatchObject({
      id: `${yachts.aurora}/order-${way}`,
      body: { output: way, document_id, yacht_id: yachts.aurora },
    });
    expect((await fetch(order.body.url!)).status).toBe(200);
    expect(outcome(await output({ document_id, output: way }, `order-${way}`))).toEqual([
      409,
      "duplicate_idempotency_key",
    ]);
    expect(orders.length).toBe(before + 1);
  });

  test.each([500, 404, 307])(
    "that the webhook answers with %i is not done: 503, and the key is free",
    async (status) => {
      const document_id = await documentId();
      webhookStatus = status;
      const failed = await output({ document_id, output: "print" }, `retry-${status}`);
      webhookStatus = 202;
      expect(outcome(failed)).toEqual([503, "dependency_unavailable"]);
      expect(failed.headers.get("retry-after")).toBe("5");
      expect(outcome(await output({ document_id, output: "print" }, `retry-${status}`))).toEqual([
        200,
        "success",
      ]);
    },
  );

  test("of a document of another yacht is refused, of none not found, of a photo not found either", async () => {
    const theirs = await generate({ part_ids: idsOf("borealis") }, undefined, ["borealis", "captain"]);
    const before = orders.length;
    const foreign = await output({ document_id: theirs.body.document_id, output: "print" });
    expect(outcome(foreign)).toEqual([403, "object_forbidden"]);
    const photo = await storage.stored(captain);
    expect(outcome(await output({ document_id: photo.id, output: "download" }))).toEqual([
      404,
      "object_not_found",
    ]);
    expect(orders.length).toBe(before);
  });
});

test("without a webhook printing is not configured, and downloading works", async () => {
  const bare = await startStorageApi();
  const part_ids = [bare.api.postgres.partIds.aurora["P-1"]];
  const made = await bare.api.execute("/v2", captain, "generate_part_labels", { part_ids });
  const ask = (way: string) =>
    bare.api.execute("/v2", captain, "request_label_output", {
      document_id: made.body.document_id,
      output: way,
    });
  const answers = [await ask("print"), await ask("email"), await ask("download")];
  await bare.stop();
  expect(answers.map(outcome)).toEqual([
    [409, "output_not_configured"],
    [409, "output_not_configured"],
    [200, "success"],
  ]);
});
