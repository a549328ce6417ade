import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { AwsError } from "./aws-error.ts";
import { freePort } from "./free-port.ts";
import { functionOf } from "./function-arn.ts";
import type { FunctionRuntime } from "./function-runtime.ts";

interface Api {
  readonly name: string;
  readonly port: number;
}

interface Integration {
  readonly apiId: string;
  /** Invoke ARN of a function or alias. */
  readonly uri: string;
}

interface Route {
  readonly apiId: string;
  readonly routeKey: string;
  /** `integrations/<id>`. */
  readonly target: string;
}

interface Content {
  apis: Record<string, Api>;
  integrations: Record<string, Integration>;
  routes: Record<string, Route>;
  /** Ids of the APIs whose $default stage exists. */
  stages: string[];
}

export interface HttpApiServiceOptions {
  /** Holds the file `http-apis.json`, so that a stack can be served again on the same ports. */
  readonly directory: string;
  readonly runtime: Pick<FunctionRuntime, "serve" | "stopServing">;
}

/** What the local HTTP API cannot do. */
export class NotSimulated extends Error {
  override readonly name = "NotSimulated";
}

/** The local API Gateway: an API has a port of 127.0.0.1 and answers there once it has a stage, a route and an integration. */
export class HttpApiService {
  readonly #file: string;
  readonly #runtime: HttpApiServiceOptions["runtime"];
  readonly #content: Content;

  constructor({ directory, runtime }: HttpApiServiceOptions) {
    this.#file = join(directory, "http-apis.json");
    this.#runtime = runtime;
    this.#content = existsSync(this.#file)
      ? (JSON.parse(readFileSync(this.#file, "utf8")) as Content)
      : { apis: {}, integrations: {}, routes: {}, stages: [] };
  }

  /** An API of that name that is there already keeps its port. */
  async createApi(name: string): Promise<{ id: string; port: number }> {
    const id = shortId("api", name);
    const { port } = this.#content.apis[id] ?? { port: await freePort() };
    this.#content.apis[id] = { name, port };
    this.#write();
    return { id, port };
  }

  /** Throws when there is no such API. */
  portOf(apiId: string): number {
    const api = this.#content.apis[apiId];
    if (!api) throw new Error(`there is no HTTP API ${apiId}`);
    return api.port;
  }

  async deleteApi(id: string): Promise<void> {
    const port = this.#content.apis[id]?.port;
    this.#content.stages = this.#content.stages.filter((apiId) => apiId !== id);
    delete this.#content.apis[id];
    this.#write();
    if (port !== undefined) await this.#runtime.stopServing(port);
  }

  /** Makes the integration, or changes where it points. Returns its id. */
  async putIntegration(name: string, integration: Integration): Promise<string> {
    const id = shortId(integration.apiId, name);
    this.#content.integrations[id] = integration;
    await this.#changed(integration.apiId);
    return id;
  }

  /** Throws AwsError NotFoundException when that API has no such integration. */
  integrationOf(apiId: string, integrationId: string): Integration {
    const integration = this.#content.integrations[integrationId];
    if (integration?.apiId === apiId) return integration;
    throw new AwsError("NotFoundException", `no integration ${integrationId} of the API ${apiId}`, 404);
  }

  /** Points an integration at another function or alias, as UpdateIntegration does. */
  async point(integrationId: string, uri: string): Promise<void> {
    const integration = this.#content.integrations[integrationId];
    if (!integration) throw new Error(`there is no integration ${integrationId}`);
    this.#content.integrations[integrationId] = { ...integration, uri };
    await this.#changed(integration.apiId);
  }

  async deleteIntegration(id: string): Promise<void> {
    const apiId = this.#content.integrations[id]?.apiId;
    delete this.#content.integrations[id];
    await this.#changed(apiId);
  }

  /** Throws NotSimulated for a route key other than $default. */
  async putRoute(name: string, route: Route): Promise<string> {
    if (route.routeKey !== "$default") {
      throw new NotSimulated(`route ${route.routeKey}: the local HTTP API knows only the route $default`);
    }
    const id = shortId(route.apiId, `route ${name}`);
    this.#content.routes[id] = route;
    await this.#changed(route.apiId);
    return id;
  }

  async deleteRoute(id: string): Promise<void> {
    const apiId = this.#content.routes[id]?.apiId;
    delete this.#content.routes[id];
    await this.#changed(apiId);
  }

  /** Throws NotSimulated for a stage other than $default. */
  async putStage(apiId: string, stage: string): Promise<void> {
    if (stage !== "$default") {
      throw new NotSimulated(`stage ${stage}: the local HTTP API knows only the stage $default`);
    }
    if (!this.#content.stages.includes(apiId)) this.#content.stages.push(apiId);
    await this.#changed(apiId);
  }

  async deleteStage(apiId: string): Promise<void> {
    this.#content.stages = this.#content.stages.filter((other) => other !== apiId);
    await this.#changed(apiId);
  }

  /** After the process that had this directory before has ended: the runtime's own resume() serves the ports. */
  async resume(): Promise<void> {
    for (const apiId of Object.keys(this.#content.apis)) await this.#sync(apiId);
  }

  async #changed(apiId: string | undefined): Promise<void> {
    this.#write();
    if (apiId !== undefined) await this.#sync(apiId);
  }

  async #sync(apiId: string): Promise<void> {
    const api = this.#content.apis[apiId];
    if (!api) return;
    const route = Object.values(this.#content.routes).find((candidate) => candidate.apiId === apiId);
    const integration = this.#content.integrations[route?.target.replace(/^integrations\//, "") ?? ""];
    if (!integration || !this.#content.stages.includes(apiId)) return this.#runtime.stopServing(api.port);
    const { name, qualifier = "$LATEST" } = functionOf(integration.uri);
    await this.#runtime.serve(name, qualifier, api.port, apiId);
  }

  #write(): void {
    mkdirSync(dirname(this.#file), { recursive: true });
    const draft = `${this.#file}.new`;
    writeFileSync(draft, JSON.stringify(this.#content, null, 1));
    renameSync(draft, this.#file);
  }
}

/** Ten characters, as API Gateway's ids, the same for the same name. */
function shortId(scope: string, name: string): string {
  return createHash("sha256").update(`${scope} ${name}`).digest("hex").slice(0, 10);
}
