/** Every route of the API as an operation: what it takes, what it answers, what it refuses. */
import * as z from "zod";
import { lowStockQuery, yachtQuery } from "../command.ts";
import type { ErrorCode } from "../errors.ts";
import { idempotencyKey, uuid } from "../fields.ts";
import { confirmBody, enrolBody } from "../signatures/routes.ts";
import { storageActions } from "../storage/actions/catalogue.ts";
import { levelBody, quantityBody, transferBody } from "../v1/commands.ts";
import {
  actionErrors,
  anywhere,
  type DescribedAction,
  withBody,
  withToken,
  withYacht,
} from "./error-codes.ts";
import { executeBody, executeErrors, executeSuccess } from "./execute-schemas.ts";
import { signerResults, storageResults, successSchema, v1Results, v2Results } from "./result-schemas.ts";

export interface Operation {
  readonly method: "get" | "post" | "delete";
  /** With `:name` for what is in the path, as the app has it. */
  readonly path: string;
  readonly tag: "v1" | "v2" | "lens" | "storage" | "signers" | "service";
  readonly summary: string;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  readonly success: z.ZodType;
  readonly errors: readonly ErrorCode[];
  /** Whether a bearer token is asked for. */
  readonly token: boolean;
}

const partIdPath = "/v1/parts/:part_id";
const refused = (action: DescribedAction, ...more: readonly ErrorCode[]): readonly ErrorCode[] => [
  ...anywhere,
  ...withToken,
  ...withYacht,
  ...actionErrors[action],
  ...more,
];

type V1Action = keyof typeof v1Results;
const v1Mutation = (verb: string, action: V1Action, summary: string, body: z.ZodType): Operation => ({
  method: "post",
  path: `${partIdPath}/${verb}`,
  tag: "v1",
  summary,
  body,
  success: successSchema(action, v1Results[action]),
  errors: refused(action, ...withBody),
  token: true,
});

type ReadAction = "view_part_details" | "view_low_stock";
const v1Success = (action: ReadAction) => successSchema(action, v1Results[action]);
const v2Success = (action: ReadAction) => successSchema(action, v2Results[action]);
const eitherSuccess = (action: ReadAction) => z.union([v1Success(action), v2Success(action)]);
const read = (
  path: string,
  tag: Operation["tag"],
  action: ReadAction,
  summary: string,
  success: z.ZodType,
): Operation => ({
  method: "get",
  path,
  tag,
  summary,
  query: action === "view_low_stock" ? lowStockQuery : yachtQuery,
  success,
  errors: refused(action, ...(tag === "v2" ? (["version_not_enabled"] as const) : [])),
  token: true,
});

const execute = (prefix: "/v2" | "", summary: string): Operation => ({
  method: "post",
  path: `${prefix}/actions/execute`,
  tag: prefix ? "v2" : "lens",
  summary,
  body: executeBody(),
  success: executeSuccess(prefix === ""),
  errors: executeErrors(prefix === "/v2"),
  token: true,
});

type StorageAction = keyof typeof storageResults;
const stored = (
  method: Operation["method"],
  path: string,
  action: StorageAction,
  summary: string,
  takes: Pick<Operation, "body" | "query">,
): Operation => ({
  method,
  path: `/v2/storage/objects${path}`,
  tag: "storage",
  summary,
  ...takes,
  success: successSchema(action, storageResults[action]),
  errors: refused(action, "version_not_enabled", ...(takes.body ? withBody : [])),
  token: true,
});

type SignerAction = keyof typeof signerResults;
const signer = (path: string, action: SignerAction, summary: string, body?: z.ZodType): Operation => ({
  method: body ? "post" : "get",
  path: `/v2/signers/${path}`,
  tag: "signers",
  summary,
  ...(body && { body }),
  success: successSchema(action, signerResults[action]),
  errors: [...anywhere, ...withToken, ...actionErrors[action], ...(body ? withBody : [])],
  token: true,
});

const service = (
  path: string,
  summary: string,
  success: z.ZodType,
  errors: readonly ErrorCode[],
): Operation => ({
  method: "get",
  path,
  tag: "service",
  summary,
  success,
  errors,
  token: false,
});

const payloadOf = (action: StorageAction) => storageActions[action]?.payload as z.ZodObject;
const percent = z.number().min(0).max(100).nullable();

export const operations: readonly Operation[] = [
  execute("/v2", "Execute an action of version 2"),
  read(
    "/v2/parts/low-stock",
    "v2",
    "view_low_stock",
    "Parts below their level, from the ledger",
    v2Success("view_low_stock"),
  ),
  execute("", "Execute an action of the version that is on for the yacht"),
  read(
    "/parts/low-stock",
    "lens",
    "view_low_stock",
    "Parts below their level",
    eitherSuccess("view_low_stock"),
  ),
  read("/parts/:part_id", "lens", "view_part_details", "One part", eitherSuccess("view_part_details")),
  read(
    "/v1/parts/low-stock",
    "v1",
    "view_low_stock",
    "Parts below their level, from the cache",
    v1Success("view_low_stock"),
  ),
  read(partIdPath, "v1", "view_part_details", "One part, from the cache", v1Success("view_part_details")),
  v1Mutation("receive", "receive_part", "Take goods in", quantityBody),
  v1Mutation("consume", "consume_part", "Use parts up", quantityBody),
  v1Mutation("transfer", "transfer_part", "Move stock from one place to another", transferBody),
  v1Mutation("adjust", "adjust_stock_quantity", "Set the level that was counted, unsigned", levelBody),
  v1Mutation("write-off", "write_off_part", "Book stock as lost, unsigned", quantityBody),
  stored("post", "", "register_object", "Announce an upload and get its signed URL", {
    body: payloadOf("register_object").extend({
      yacht_id: uuid,
      idempotency_key: idempotencyKey.optional(),
    }),
  }),
  stored("get", "", "list_objects", "The yacht's objects, newest first", {
    query: payloadOf("list_objects").extend({ yacht_id: uuid }),
  }),
  stored("get", "/:object_id", "view_object", "One object, with a signed URL to read it", {
    query: yachtQuery,
  }),
  stored("post", "/:object_id/confirm", "confirm_object", "Say that the upload is done", {
    body: yachtQuery,
  }),
  stored("delete", "/:object_id", "delete_object", "Remove an object", { query: yachtQuery }),
  signer("me", "view_signer", "Your own enrolment as a signer"),
  signer("enrol", "enrol_signer", "Start an enrolment with a PIN", enrolBody),
  signer("confirm", "confirm_signer", "Confirm it with the first code", confirmBody),
  service("/health", "The process answers", z.strictObject({ status: z.literal("ok") }), ["internal_error"]),
  service(
    "/v1/health",
    "Version 1 answers: MASTER and every tenant were read",
    z.strictObject({
      status: z.literal("ok"),
      version: z.literal("v1"),
      tenants: z.int().min(0),
      percent,
      cap: percent,
      pinned: z.boolean(),
    }),
    anywhere,
  ),
];
