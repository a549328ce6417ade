import type { Hono } from "hono";
import type { ApiEnv } from "../context.ts";
import { type Described, docsPage } from "./docs-page.ts";

const kept = { "cache-control": "public, max-age=300" };
/** The page loads nothing: what slipped into it could not either. */
const contentPolicy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/** GET /openapi.json and GET /docs, for everybody: they hold nothing of any yacht. */
export function addDocumentRoutes(app: Hono<ApiEnv>): void {
  app.get("/openapi.json", async (c) => c.json(await document(), 200, kept));
  app.get("/docs", async (c) => {
    const page = docsPage((await document()) as unknown as Described);
    return c.html(page, 200, { ...kept, "content-security-policy": contentPolicy });
  });
}

// Loaded by the request that asks for it: no other one pays for it.
async function document() {
  return (await import("../openapi.json", { with: { type: "json" } })).default;
}
