import { mkdirSync, rmSync } from "node:fs";
import { resolve } from "node:path";
import { pinnedAlias } from "../../flags/pin.ts";
import type { CodeStamp } from "../../monitoring/rollout/code-stamp.ts";
import { type LayerName, physicalName } from "../naming.ts";
import type { Program, StackConfig } from "../preview/plan.ts";
import { readStackConfig } from "../preview/stack-config.ts";
import type { Step } from "./apply.ts";
import type { Clock } from "./clock.ts";
import { type FaultName, faults } from "./faults/catalogue.ts";
import type { Fault } from "./faults/fault.ts";
import { countInvocation, isJobLine, requestIdOf } from "./function-metrics.ts";
import { LocalHost, type UpdateResult } from "./host.ts";
import { LocalDatabases } from "./local-databases.ts";
import type { Properties } from "./realiser.ts";
import { httpApi } from "./realisers/http-api.ts";
import { httpApiIntegration } from "./realisers/http-api-integration.ts";
import { httpApiRoute } from "./realisers/http-api-route.ts";
import { httpApiStage } from "./realisers/http-api-stage.ts";
import { lambdaAlias } from "./realisers/lambda-alias.ts";
import { lambdaFunction } from "./realisers/lambda-function.ts";
import { lambdaInvocation } from "./realisers/lambda-invocation.ts";
import { lambdaPermission } from "./realisers/lambda-permission.ts";
import { schedulerSchedule } from "./realisers/scheduler-schedule.ts";
import { ApiGatewayEndpoint } from "./services/endpoint-api-gateway.ts";
import { LambdaEndpoint } from "./services/endpoint-lambda.ts";
import { functionOf } from "./services/function-arn.ts";
import { FunctionRuntime } from "./services/function-runtime.ts";
import { HttpApiService } from "./services/http-api-service.ts";
import { IntegrationUpdates } from "./services/integration-updates.ts";
import { LocalAws } from "./services/local-aws.ts";
import { ScheduleService } from "./services/schedule-service.ts";

export interface LocalStackOptions {
  readonly clock: Clock;
  /** Everything of this stack lives in it. What an earlier run left there is removed first. */
  readonly directory: string;
  /** Made by setup.mjs. */
  readonly keyDirectory: string;
  /** False: a power cut may lose rows. */
  readonly durable: boolean;
  /** Modules loaded before the bundle of the API: the rehearsal's faults. */
  readonly preload?: readonly string[];
  /** The time a request's metrics count for; undefined: now. */
  readonly timeOf?: (requestId: string) => number | undefined;
  /** What a function that a topic or a schedule invoked has answered. */
  readonly onInvoked?: (functionName: string, payload: unknown) => void;
  /** Runs a schedule only every so manieth time, by its name: where virtual time is too dear. Default 1. */
  readonly thinned?: (scheduleName: string) => number;
}

const environment = "local";
const functionType = "aws:lambda/function:Function";
/** What is collected is real work on this machine, which may be a slow one. Below what its functions are given in all. */
const collectionSeconds = 90;
const apiFunction = physicalName("function", environment, "api");

/** The stack of the environment `local`: AWS's program, its resources real on this machine. */
export class LocalStack {
  readonly aws: LocalAws;
  /** Where the HTTP API's requests go, changed as the pin changes it. */
  readonly integrations: IntegrationUpdates;
  readonly databases: LocalDatabases;
  readonly host: LocalHost;
  /** What lies in it goes with the stack. */
  readonly directory: string;
  readonly #runtime: FunctionRuntime;
  readonly #schedules: ScheduleService;
  readonly #options: LocalStackOptions;
  readonly #region: string;
  #apiId: string | undefined;
  #program: Program | undefined;
  #fault: FaultName | null = null;

  private constructor(options: LocalStackOptions, directory: string) {
    this.#options = options;
    this.directory = directory;
    const region = readStackConfig(`${environment}-service`)["aws:region"] ?? "eu-west-1";
    this.#region = region;
    // Beside the stack: what a killed run left running is found there, and ended.
    this.databases = new LocalDatabases({
      ...options,
      directory: resolve(options.directory, "clusters"),
      region,
    });
    const aws = new LocalAws({
      clock: options.clock,
      directory,
      region,
      invoke: (arn, event) => this.#invoke(arn, event),
    });
    this.aws = aws;
    this.#runtime = new FunctionRuntime({
      directory,
      region,
      injected: (name) => this.#injected(name),
      preload: (name) => (name === apiFunction ? [...(options.preload ?? [])] : []),
      onLine: (name, line) => this.#line(name, line),
      onInvocation: (invocation) => countInvocation(aws, this.#apiId, options.clock.now(), invocation),
    });
    const httpApis = new HttpApiService({ directory, runtime: this.#runtime });
    this.integrations = new IntegrationUpdates({ clock: options.clock, httpApis });
    aws.endpoint.add(new ApiGatewayEndpoint(this.integrations));
    this.#schedules = new ScheduleService({
      ...options,
      region,
      invoke: (arn, event) => this.#run(arn, event),
    });
    aws.endpoint.add(new LambdaEndpoint({ region, runtime: this.#runtime, sessions: aws.sessions }));
    const functions = [
      schedulerSchedule(this.#schedules),
      lambdaFunction(this.#runtime, region),
      lambdaAlias(this.#runtime, region),
      lambdaPermission(),
      lambdaInvocation(this.#runtime),
    ];
    const gateway = [
      httpApi(httpApis, region),
      httpApiIntegration(httpApis),
      httpApiRoute(httpApis),
      httpApiStage(httpApis, region),
    ];
    const realisers = [...aws.realisers(), ...this.databases.realisers(), ...functions, ...gateway];
    this.host = new LocalHost({ directory, region, realisers, parameters: () => this.parameters() });
  }

  static async open(options: LocalStackOptions): Promise<LocalStack> {
    const directory = resolve(options.directory, "stack");
    rmSync(directory, { recursive: true, force: true });
    mkdirSync(directory, { recursive: true });
    const stack = new LocalStack(options, directory);
    stack.#endpoint = await stack.aws.start();
    return stack;
  }

  /** Brings a layer to what the program says, with these settings in place of the stack file's. */
  async update(
    layer: LayerName,
    settings: StackConfig = {},
    onStep?: (step: Step) => void,
  ): Promise<UpdateResult> {
    const name = `${environment}-${layer}`;
    this.#program ??= ((await import("../index.ts")) as { default: Program }).default;
    const config = { ...readStackConfig(name), ...settings };
    const result = await this.host.update(name, this.#program, config, onStep ? { onStep } : {});
    const api = this.host.resources(name).find(({ type }) => type === "aws:apigatewayv2/api:Api");
    this.#apiId = (api?.outputs.id as string | undefined) ?? this.#apiId;
    return result;
  }

  /** What a layer puts out. Throws when it was never brought up. */
  outputs(layer: LayerName): Properties {
    const outputs = this.host.outputs(`${environment}-${layer}`);
    if (!outputs) throw new Error(`the ${layer} layer is not up; update it first`);
    return outputs;
  }

  /** The live SSM parameters of the rollout, by full name. */
  parameters(): Record<string, string> {
    const all = this.aws.parameters.getByPath(`/part-lens/${environment}`, true);
    return Object.fromEntries(all.map(({ name, value }) => [name, value]));
  }

  /** Switches a fault on, in the API's process and around it, in place of the one before; off with null. */
  async fault(name: FaultName | null): Promise<void> {
    const faultOf = (fault: FaultName | null): Fault | undefined => (fault ? faults[fault] : undefined);
    await faultOf(this.#fault)?.host?.clear(this);
    this.#fault = name;
    await faultOf(name)?.host?.apply(this);
    this.#runtime.send(apiFunction, { fault: name });
  }

  /** What an AWS client of this machine needs to be this stack's administrator. */
  clientVariables(): Readonly<Record<string, string>> {
    const { accessKeyId, secretAccessKey } = this.aws.sessions.administrator;
    return {
      AWS_ENDPOINT_URL: this.#endpoint,
      AWS_REGION: this.aws.region,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
    };
  }

  /** What a job by hand needs of what its function has, with this stack's administrator in the place of its role. */
  jobVariables(): Readonly<Record<string, string>> {
    const functions = this.host
      .resources(`${environment}-service`)
      .map(({ outputs }) => String(outputs.name));
    const jobs = functions.filter((name) => name.startsWith(physicalName("function", environment, "job-")));
    const all = jobs.map((name) => this.#runtime.find(name, "$LATEST")?.environment);
    const { RECORDS_BUCKET: _, ...own } = Object.assign({}, ...all) as Record<string, string>;
    return { ...own, ...this.databases.environment, ...this.clientVariables() };
  }

  /** A published version of the API, by its number or an alias; undefined when there is none. */
  codeVersion(qualifier: string): Omit<CodeStamp, "tables"> | undefined {
    const found = this.#runtime.find(apiFunction, qualifier);
    if (!found) return undefined;
    const { CODE_VERSION: hash = "", MIGRATION_HASH: migrationHash = "" } = found.environment;
    return { version: Number(found.version), hash, migrationHash };
  }

  /** Where the bundle of that version lies. Throws when there is none. */
  codeDirectory(qualifier: string): string {
    const found = this.#runtime.find(apiFunction, qualifier);
    if (!found) throw new Error(`no version of the API is behind ${qualifier}`);
    return found.bundleDirectory;
  }

  /** Points both of the API's aliases at a published version. Throws FunctionUnknown. */
  async pointCode(version: number): Promise<void> {
    for (const alias of [pinnedAlias, "live"]) await this.#runtime.setAlias(apiFunction, alias, `${version}`);
  }

  /** Publishes another bundle as the API's code and points the aliases at it, as a deployment does; its number. */
  async deployCode(bundleDirectory: string, hash: string): Promise<number> {
    const live = this.#runtime.find(apiFunction, "live");
    if (!live) throw new Error("the service layer is not up; update it first");
    const environment = { ...live.environment, CODE_VERSION: hash };
    const { version } = await this.#runtime.define(apiFunction, { ...live, bundleDirectory, environment });
    await this.pointCode(Number(version));
    return Number(version);
  }

  /** Resolves when every line and report of the functions so far has been taken in. */
  flush(): Promise<void> {
    return this.#runtime.flush();
  }

  async close(): Promise<void> {
    this.#schedules.close();
    await this.#runtime.close();
    await this.aws.close();
    await this.databases.close();
  }

  /** Where the SDK's clients find this stack, as its administrator. */
  get access() {
    const { accessKeyId, secretAccessKey } = this.aws.sessions.administrator;
    return { region: this.#region, endpoint: this.#endpoint, accessKeyId, secretAccessKey };
  }

  #endpoint = "";

  /** What the runtime adds to a function's environment, as Lambda adds its own. */
  #injected(name: string): Record<string, string> {
    const { accessKeyId, secretAccessKey, sessionToken } = this.aws.sessions.forRole(this.#roleOf(name));
    return {
      AWS_ENDPOINT_URL: this.#endpoint,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      ...(sessionToken ? { AWS_SESSION_TOKEN: sessionToken } : {}),
      APPCONFIG_DIRECTORY: this.aws.documentDirectory,
      COLLECTION_SECONDS: String(collectionSeconds),
      SIGNER_KEY_FILE: resolve(this.#options.keyDirectory, "signer.key"),
      ...this.databases.environment,
    };
  }

  /** The role that the program gave the function: its process gets that role's credentials and no others. */
  #roleOf(name: string): string {
    const functions = this.host
      .resources(`${environment}-service`)
      .filter(({ type }) => type === functionType);
    const found = functions.find(({ outputs }) => outputs.name === name);
    if (!found) throw new Error(`the service layer has no function ${name}`);
    return String(found.inputs.role);
  }

  async #invoke(arn: string, event: unknown): Promise<unknown> {
    const { name, qualifier } = functionOf(arn);
    const { payload, functionError } = await this.#runtime.invoke(name, qualifier, event);
    if (functionError) throw new Error(`${name}: ${functionError}: ${JSON.stringify(payload)}`);
    this.#options.onInvoked?.(name, payload);
    return payload;
  }

  /** A scheduled run; when it is done its lines are in, too. */
  async #run(arn: string, event: unknown): Promise<unknown> {
    try {
      return await this.#invoke(arn, event);
    } finally {
      await this.#runtime.flush(functionOf(arn).name);
    }
  }

  #line(name: string, message: string): void {
    const requestId = requestIdOf(message);
    const known = requestId === undefined ? undefined : this.#options.timeOf?.(requestId);
    const at = known ?? this.#options.clock.now();
    this.aws.logs.put(`/aws/lambda/${name}`, { at, message });
    if (requestId !== undefined || isJobLine(message)) this.aws.metrics.putLine(message, at);
  }
}
