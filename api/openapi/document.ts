import * as z from "zod";
import { type ErrorCode, errors } from "../errors.ts";
import { type Operation, operations } from "./operations.ts";

type Json = Record<string, unknown>;

const title = "Part Lens";
const description =
  "Parts inventory of a yacht. v1 always answers; v2 answers the yachts whose lens is on; the routes without a " +
  "version answer with the version that is on for the yacht, and say which in `x-part-lens-version`.";

const headers: Record<string, string> = {
  "x-request-id": "The request's id: yours when it was acceptable ([A-Za-z0-9-]{8,64}).",
  "x-part-lens-version": "The version that answered.",
  "x-part-lens-code": "The code version.",
  "x-part-lens-stage": "The rollout stage.",
  "x-part-lens-flags": "The hash of the flag document.",
};

/** The whole contract as an OpenAPI 3.1 document, made from the schemas that check the requests. */
export function openapiDocument(): Json {
  const paths: Record<string, Json> = {};
  for (const operation of operations) {
    const path = operation.path.replaceAll(/:(\w+)/g, "{$1}");
    paths[path] = { ...paths[path], [operation.method]: described(operation) };
  }
  return {
    openapi: "3.1.0",
    info: { title, version: "2.0.0", description },
    paths,
    components: {
      schemas: { Error: errorSchema, Uuid: uuidSchema },
      headers: Object.fromEntries(
        Object.entries(headers).map(([name, text]) => [
          name,
          { description: text, schema: { type: "string" } },
        ]),
      ),
      securitySchemes: { token: { type: "http", scheme: "bearer", bearerFormat: "JWT" } },
    },
  };
}

const uuidSchema = { type: "string", format: "uuid" };
const uuidRef = { $ref: "#/components/schemas/Uuid" };

const errorSchema = {
  type: "object",
  required: ["code", "message", "request_id"],
  properties: {
    code: { type: "string", enum: Object.keys(errors) },
    message: { type: "string" },
    request_id: { type: "string" },
    issues: {
      type: "array",
      description: "With a 400: what was wrong, without the values.",
      items: {
        type: "object",
        properties: { field: { type: "string" }, problem: { type: "string" } },
      },
    },
    result: { type: "object", description: "With duplicate_idempotency_key: the first result." },
    available: { type: "number", description: "With insufficient_stock." },
    requested: { type: "number", description: "With insufficient_stock." },
  },
};

function described(operation: Operation): Json {
  return {
    operationId: operationId(operation),
    tags: [operation.tag],
    summary: operation.summary,
    ...(operation.token && { security: [{ token: [] }] }),
    parameters: parametersOf(operation),
    ...(operation.body && {
      requestBody: {
        required: true,
        content: { "application/json": { schema: schemaOf(operation.body, "input") } },
      },
    }),
    responses: { 200: success(operation), ...failures(operation.errors) },
  };
}

function operationId({ method, path }: Operation): string {
  return `${method}${path.replaceAll(/[^A-Za-z0-9]+(\w)/g, (_, first: string) => first.toUpperCase())}`;
}

function parametersOf({ path, query }: Operation): Json[] {
  const inPath = [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    name,
    in: "path",
    required: true,
    schema: uuidRef,
  }));
  if (!query) return inPath;
  const { properties = {}, required = [] } = schemaOf(query, "input") as {
    properties?: Record<string, Json>;
    required?: string[];
  };
  const inQuery = Object.entries(properties).map(([name, schema]) => ({
    name,
    in: "query",
    required: required.includes(name),
    schema,
  }));
  return [...inPath, ...inQuery];
}

function success({ success: schema }: Operation): Json {
  const sent = Object.keys(headers).map((name) => [name, { $ref: `#/components/headers/${name}` }]);
  return {
    description: "Done.",
    headers: Object.fromEntries(sent),
    content: { "application/json": { schema: schemaOf(schema, "output") } },
  };
}

/** One response for each status, which names its codes. */
function failures(codes: readonly ErrorCode[]): Record<string, Json> {
  const order = Object.keys(errors) as ErrorCode[];
  const sorted = order.filter((code) => codes.includes(code));
  const statuses = [...new Set(sorted.map((code) => errors[code].status))];
  return Object.fromEntries(
    statuses.map((status) => {
      const own = sorted.filter((code) => errors[code].status === status);
      const lines = own.map((code) => `- \`${code}\`: ${errors[code].message}`);
      const schema = {
        allOf: [{ $ref: "#/components/schemas/Error" }, { properties: { code: { enum: own } } }],
      };
      const retry = status === 503 || status === 429 ? { headers: { "retry-after": retryAfter } } : {};
      return [
        String(status),
        { description: lines.join("\n"), ...retry, content: { "application/json": { schema } } },
      ];
    }),
  );
}

const retryAfter = { description: "Seconds to wait.", schema: { type: "integer" } };

function schemaOf(schema: z.ZodType, io: "input" | "output"): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: "any" }) as Json;
  return named(rest) as Json;
}

/** The schema with its ids by name: they are in every second field. */
function named(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(named);
  if (schema === null || typeof schema !== "object") return schema;
  if ((schema as Json).format === "uuid") return uuidRef;
  return Object.fromEntries(Object.entries(schema).map(([key, inner]) => [key, named(inner)]));
}
