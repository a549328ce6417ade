import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { Hono } from "hono";
import { describe, expect, test } from "vitest";
import { createApp } from "../../../api/app.ts";
import type { ApiEnv } from "../../../api/context.ts";
import type { Dependencies } from "../../../api/dependencies.ts";
import { errors } from "../../../api/errors.ts";
import { openapiDocument } from "../../../api/openapi/document.ts";
import { addDocumentRoutes } from "../../../api/openapi/routes.ts";
import { roles } from "../../../api/roles.ts";
import { v1Actions } from "../../../api/v1/actions/catalogue.ts";
import { v2Actions } from "../../../api/v2/actions/catalogue.ts";

const document = JSON.parse(JSON.stringify(openapiDocument()));
const text = JSON.stringify(document);
const operations: { path: string; method: string; operation: Record<string, unknown> }[] = Object.entries(
  document.paths as Record<string, Record<string, Record<string, unknown>>>,
).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
);

describe("the OpenAPI document", () => {
  test("in the repository is what the schemas say; `node api/openapi.ts --write` brings it up to date", () => {
    const kept = JSON.parse(readFileSync("api/openapi.json", "utf8"));
    expect(kept, "run `node api/openapi.ts --write`").toEqual(document);
    const checked = spawnSync(process.execPath, ["api/openapi.ts"], { encoding: "utf8" });
    expect([checked.status, checked.stdout]).toEqual([0, "api/openapi.json is up to date\n"]);
  });

  test("has every route of the app and no other", () => {
    const app = createApp({ deadlineMilliseconds: 1000 } as Dependencies);
    // What is mounted for every path is middleware.
    const served = app.routes.filter(({ path }) => path !== "/*");
    const own = ["/docs", "/openapi.json"];
    const routes = new Set(
      served.map(({ method, path }) => `${method.toLowerCase()} ${path.replaceAll(/:(\w+)/g, "{$1}")}`),
    );
    const described = operations.map(({ method, path }) => `${method} ${path}`);
    expect([...routes].sort()).toEqual([...described, ...own.map((path) => `get ${path}`)].sort());
  });

  test("has the ten actions, and of v1 what v1 has", () => {
    const alternatives = (path: string) =>
      document.paths[path].post.requestBody.content["application/json"].schema.anyOf as { title: string }[];
    expect(alternatives("/v2/actions/execute").map(({ title }) => title)).toEqual(Object.keys(v2Actions));
    const answers =
      document.paths["/actions/execute"].post.responses["200"].content["application/json"].schema;
    for (const name of Object.keys(v1Actions)) expect(JSON.stringify(answers)).toContain(`${name} (v1)`);
  });

  test("tells of a signed action that it is signed, of an action that needs a key that it does, and who may", () => {
    const schemas =
      document.paths["/v2/actions/execute"].post.requestBody.content["application/json"].schema.anyOf;
    for (const schema of schemas) {
      const action = v2Actions[schema.title]!;
      expect("signature" in schema.properties.payload.properties).toBe(action.kind === "signed");
      expect(schema.required.includes("idempotency_key")).toBe(action.keyRequired === true);
      for (const role of Object.keys(roles))
        expect(new RegExp(`[ :,]${role}\\b`).test(schema.description)).toBe(
          action.roles.includes(role as never),
        );
    }
  });

  test("names every code of the catalogue of errors at some operation, with its own status", () => {
    const named = new Set<string>();
    for (const { operation } of operations) {
      const responses = operation.responses as Record<string, { content: Record<string, unknown> }>;
      for (const [status, { content }] of Object.entries(responses).filter(([status]) => status !== "200")) {
        const schema = content["application/json"] as {
          schema: { allOf: { properties: { code: { enum: string[] } } }[] };
        };
        for (const code of schema.schema.allOf[1]!.properties.code.enum) {
          expect([code, String(errors[code as keyof typeof errors].status)]).toEqual([code, status]);
          named.add(code);
        }
      }
    }
    // Of no operation: the first of a path that is none, the second of whoever goes round the firewall, on any path.
    const elsewhere = ["route_not_found", "not_through_edge"];
    expect([...named, ...elsewhere].sort()).toEqual(Object.keys(errors).sort());
  });

  test("gives every operation another id and refers to nothing that is not there", () => {
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, path] of text.matchAll(/"\$ref":"#\/([^"]+)"/g)) {
      const found = path!.split("/").reduce((inner, name) => inner?.[name], document);
      expect([path, found]).toEqual([path, expect.any(Object)]);
    }
  });
});

describe("the document's routes", () => {
  const app = new Hono<ApiEnv>();
  addDocumentRoutes(app);

  test("serve the document to everybody", async () => {
    const answer = await app.request("/openapi.json");
    expect(answer.headers.get("content-type")).toMatch(/^application\/json/);
    expect(await answer.json()).toEqual(document);
  });

  test("serve a page that names every route and code, runs no script and loads nothing", async () => {
    const answer = await app.request("/docs");
    const page = await answer.text();
    expect(answer.headers.get("content-type")).toMatch(/^text\/html/);
    expect(answer.headers.get("content-security-policy")).toMatch(/^default-src 'none'/);
    for (const { path, method } of operations) {
      expect(page).toContain(`<b>${method.toUpperCase()}</b> <code>${path}</code>`);
    }
    for (const code of ["same_location", "output_not_configured", "signature_locked"])
      expect(page).toContain(code);
    expect(page).not.toMatch(/<script|<link|<img|<iframe|\ssrc=|url\(|@import|https?:\/\//i);
    expect(page).not.toMatch(/undefined|\[object Object\]/);
  });
});
