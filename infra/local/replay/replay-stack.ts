import { appendFileSync, mkdirSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { join, resolve } from "node:path";
import { createLens, type Lens } from "../../../flags/lens.ts";
import { fileSource } from "../../../flags/source.ts";
import { alarmMessage } from "../../../monitoring/alarm-message.ts";
import { type LayerName, layers, physicalName } from "../../naming.ts";
import type { Program, StackConfig } from "../../preview/plan.ts";
import { readStackConfig } from "../../preview/stack-config.ts";
import type { Step } from "../apply.ts";
import { VirtualClock } from "../clock.ts";
import { LocalHost, type UpdateResult } from "../host.ts";
import type { Properties, Realised, Realiser } from "../realiser.ts";
import { httpApi } from "../realisers/http-api.ts";
import { httpApiIntegration } from "../realisers/http-api-integration.ts";
import { httpApiRoute } from "../realisers/http-api-route.ts";
import { httpApiStage } from "../realisers/http-api-stage.ts";
import { lambdaAlias } from "../realisers/lambda-alias.ts";
import { lambdaFunction } from "../realisers/lambda-function.ts";
import { lambdaPermission } from "../realisers/lambda-permission.ts";
import type { RehearsedStack } from "../rehearsed-stack.ts";
import { ApiGatewayEndpoint } from "../services/endpoint-api-gateway.ts";
import { functionOf } from "../services/function-arn.ts";
import { HttpApiService } from "../services/http-api-service.ts";
import { IntegrationUpdates } from "../services/integration-updates.ts";
import { LocalAws } from "../services/local-aws.ts";
import { type ServiceOutputs, serviceOutputs } from "../stack-outputs.ts";
import { FunctionTable } from "./function-table.ts";
import { type Carried, carryPin, carryRollback, type WayDownCall } from "./ways-down.ts";

const environment = "local";
const region = readStackConfig(`${environment}-service`)["aws:region"] ?? "eu-west-1";
const carriers: Readonly<Record<string, typeof carryPin>> = {
  [physicalName("function", environment, "rollback")]: carryRollback,
  [physicalName("function", environment, "pin")]: carryPin,
};

/** Where one of these failed the function fails, and is run again. Source: the functions' own entries. */
const mustSucceed: ReadonlySet<string> = new Set(["cap0", "lock", "point", "record", "notify"]);

/**
 * The same program, alarms, topics, AppConfig and both ways down as in a local stack, but no process and no database:
 * what requests would have left in the metrics is put there, and the lens says who would have been served by what.
 */
export class ReplayStack implements RehearsedStack {
  readonly clock = new VirtualClock(Math.floor(Date.now() / 60_000) * 60_000);
  readonly directory: string;
  readonly aws: LocalAws;
  readonly integrations: IntegrationUpdates;
  /** The functions cannot reach their documents any more. */
  documentsLost = false;
  /** Hears what the functions of the topics answer. */
  invoked: (functionName: string, payload: unknown) => void = () => {};
  readonly #functions = new FunctionTable();
  readonly host: LocalHost;
  readonly #notSimulated = new Set<string>();
  #endpoint = "";
  #program: Program | undefined;
  #service: ServiceOutputs | undefined;
  #lens: Lens | undefined;
  #health: Server | undefined;

  private constructor(directory: string) {
    this.directory = directory;
    const invoke = (arn: string, event: unknown) => this.#invoke(arn, event);
    this.aws = new LocalAws({ clock: this.clock, directory, region, invoke });
    const httpApis = new HttpApiService({ directory, runtime: this.#functions });
    this.integrations = new IntegrationUpdates({ clock: this.clock, httpApis });
    this.aws.endpoint.add(new ApiGatewayEndpoint(this.integrations));
    const gateway = [
      httpApi(httpApis, region),
      httpApiIntegration(httpApis),
      httpApiRoute(httpApis),
      httpApiStage(httpApis, region),
    ];
    const functions = [lambdaFunction(this.#functions, region), lambdaAlias(this.#functions, region)];
    const realisers = [...this.aws.realisers(), ...functions, lambdaPermission(), ...gateway, cluster];
    this.host = new LocalHost({ directory, region, realisers, parameters: () => this.parameters() });
  }

  /** Stands it up in that directory; what lay there is removed. */
  static async open(directory: string): Promise<ReplayStack> {
    const own = resolve(directory);
    rmSync(own, { recursive: true, force: true });
    mkdirSync(own, { recursive: true });
    const stack = new ReplayStack(own);
    stack.#endpoint = await stack.aws.start();
    for (const layer of layers) await stack.update(layer);
    await stack.#answerHealth();
    return stack;
  }

  /** Where the SDK's clients find this stack, as its administrator. */
  get access() {
    const { accessKeyId, secretAccessKey } = this.aws.sessions.administrator;
    return { region, endpoint: this.#endpoint, accessKeyId, secretAccessKey };
  }

  get service(): ServiceOutputs {
    this.#service ??= serviceOutputs(this.outputs("service"));
    return this.#service;
  }

  get notSimulated(): readonly string[] {
    return [...this.#notSimulated].sort();
  }

  /** What serves that yacht now: the very lens of the API, and the alias that the HTTP API calls. */
  async versionOf(yachtId: string): Promise<"v1" | "v2"> {
    return this.#pinned() ? "v1" : (await this.#currentLens().decide(yachtId)).version;
  }

  async update(
    layer: LayerName,
    settings: StackConfig = {},
    onStep?: (step: Step) => void,
  ): Promise<UpdateResult> {
    const name = `${environment}-${layer}`;
    this.#program ??= ((await import("../../index.ts")) as { default: Program }).default;
    const config = { ...readStackConfig(name), ...settings };
    const result = await this.host.update(name, this.#program, config, onStep ? { onStep } : {});
    for (const resource of result.notSimulated) this.#notSimulated.add(resource);
    return result;
  }

  outputs(layer: LayerName): Properties {
    const outputs = this.host.outputs(`${environment}-${layer}`);
    if (!outputs) throw new Error(`the ${layer} layer is not up; update it first`);
    return outputs;
  }

  parameters(): Record<string, string> {
    const all = this.aws.parameters.getByPath(`/part-lens/${environment}`, true);
    return Object.fromEntries(all.map(({ name, value }) => [name, value]));
  }

  /** What the program says of a layer's resources, and what came of it. */
  resources(layer: LayerName): readonly Realised[] {
    return this.host.resources(`${environment}-${layer}`);
  }

  async close(): Promise<void> {
    this.#health?.closeAllConnections();
    this.#health?.close();
    await this.aws.close();
  }

  #pinned(): boolean {
    const { apiId, integrationId, liveUri } = this.service.pin;
    return this.integrations.uriOf(apiId, integrationId) !== liveUri;
  }

  #currentLens(): Lens {
    const { rollout, killSwitch } = this.service.flags;
    const source = ({ applicationId, environmentId, profileId }: typeof rollout) => {
      const file = fileSource(join(this.aws.documentDirectory, applicationId, environmentId, profileId));
      return {
        poll: async () => {
          if (this.documentsLost) throw new Error("AppConfig is not reached");
          return file.poll();
        },
      };
    };
    this.#lens ??= createLens({
      document: source(rollout),
      killSwitch: source(killSwitch),
      // The delay of a poll is AppConfig's here, as in every local stack.
      pollSeconds: 0,
      now: () => this.clock.now(),
    });
    return this.#lens;
  }

  async #invoke(arn: string, event: unknown): Promise<unknown> {
    const { name } = functionOf(arn);
    const carry = carriers[name];
    // What only tells people further has no process here.
    if (!carry) return undefined;
    const records = (event as { Records: { Sns: { Message: string } }[] }).Records;
    const results: Carried[] = [];
    for (const { Sns } of records)
      results.push(await carry(alarmMessage.parse(JSON.parse(Sns.Message)), this.#callOf(name)));
    const undone = results
      .flatMap(({ steps }) => steps)
      .filter(({ ok, step }) => !ok && mustSucceed.has(step));
    // What a function that fails has done, it has done: its log says so.
    this.invoked(name, results);
    if (undone.length > 0) throw new Error(undone.map(({ detail }) => detail).join("; "));
    return results;
  }

  #callOf(name: string): WayDownCall {
    const found = this.resources("service").find(
      ({ type, outputs }) => type === "aws:lambda/function:Function" && outputs.name === name,
    );
    return {
      variables: this.#functions.environmentOf(name),
      credentials: this.aws.sessions.forRole(String(found?.inputs.role)),
      endpoint: this.#endpoint,
      region,
      keep: async (record) => {
        appendFileSync(join(this.directory, "rollbacks.jsonl"), `${JSON.stringify(record)}\n`);
        return "written to a file";
      },
    };
  }

  /** The one thing of the API that is asked for here: what v1's health says of the documents and of the pin. */
  async #answerHealth(): Promise<void> {
    const { port } = new URL(this.service.apiUrl);
    const server = createServer(async (_request, response) => {
      const { percent, cap } = await this.#currentLens().exposure();
      response.setHeader("content-type", "application/json");
      const tenants = this.service.fleet.tenants.length;
      const pinned = this.#pinned();
      response.end(JSON.stringify({ status: "ok", version: "v1", percent, cap, pinned, tenants }));
    });
    this.#health = server;
    await new Promise<void>((listening, failed) => {
      server.once("error", failed);
      server.listen(Number(port), "127.0.0.1", listening);
    });
  }
}

/** Nobody connects to it: it has an address, because the program writes it down. */
const cluster: Realiser = {
  types: ["aws:rds/cluster:Cluster"],
  create: async ({ name, inputs }) => ({
    ...inputs,
    id: String(inputs.clusterIdentifier ?? name),
    clusterResourceId: "cluster-REPLAYED",
    endpoint: "127.0.0.1",
    readerEndpoint: "127.0.0.1",
    port: 5432,
    masterUserSecrets: [],
    databaseName: inputs.databaseName ?? "",
  }),
};
