/** Runs the Pulumi program in this process, without the CLI, to learn what it asks for. */
import * as pulumi from "@pulumi/pulumi";
import type { MockResourceArgs } from "@pulumi/pulumi/runtime/index.js";
import { type Graph, keyOf, type PlannedResource } from "./graph.ts";
import { answerInvoke, type LiveState } from "./invokes.ts";
import { isKnownType } from "./outputs.ts";
import { placeholdersOf } from "./placeholders.ts";
import { referenceText } from "./reference.ts";
import { plannedResource, type RegistrationRequest } from "./registration.ts";

export type Program = () => Promise<unknown>;
/** Configuration by its full key, `part-lens:rolloutStage`; objects are JSON texts. */
export type StackConfig = Readonly<Record<string, string>>;
export type Outputs = Readonly<Record<string, unknown>>;

export interface PlanRequest {
  readonly project: string;
  readonly stack: string;
  readonly config: StackConfig;
  readonly program: Program;
  /** Outputs of another stack by its full name; undefined when it has none. */
  readonly stackOutputs: (fullStackName: string) => Outputs | undefined;
  /** The live SSM parameters; undefined = not read. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** Default 300. A program that does not settle by then fails the plan. */
  readonly timeoutSeconds?: number;
}

export interface Plan {
  readonly graph: Graph;
  readonly outputs: Outputs;
  readonly liveStateRead: boolean;
}

/** The program failed, or did not settle. `cause` is what it threw. */
export class PlanFailed extends Error {
  override readonly name = "PlanFailed";
}

/** A resource type that is not in outputs.ts. */
export class UnknownType extends Error {
  override readonly name = "UnknownType";
}

const stackReference = "pulumi:pulumi:StackReference";
let last: Promise<unknown> = Promise.resolve();

/** Two plans at once would mix their configuration: each waits for the one before. Throws PlanFailed. */
export function plan(request: PlanRequest): Promise<Plan> {
  const next = last.then(() => planAlone(request));
  last = next.catch(() => undefined);
  return next;
}

async function planAlone(request: PlanRequest): Promise<Plan> {
  const depth = Error.stackTraceLimit;
  Error.stackTraceLimit = 3; // each resource takes several stack traces, most of the time of a plan
  const rejections = collectRejections();
  try {
    const resources = await prepare(request);
    const outputs = await settled(request, rejections.first);
    rejections.throwIfAny(request.stack);
    return { graph: { resources }, outputs, liveStateRead: request.parameters !== undefined };
  } finally {
    rejections.stop();
    Error.stackTraceLimit = depth;
  }
}

/** Installs the mocks and returns the list that the program's resources will be added to. */
async function prepare(request: PlanRequest): Promise<PlannedResource[]> {
  const { "aws:region": region = "eu-west-1" } = request.config;
  const live: LiveState = { region, ...(request.parameters && { parameters: request.parameters }) };
  const mocks = {
    newResource: async (resource: MockResourceArgs) => placeholders(resource, request),
    call: async ({ token, inputs }: { token: string; inputs: Record<string, unknown> }) =>
      answerInvoke(token, inputs, live),
  };
  await pulumi.runtime.setMocks(mocks, request.project, request.stack, false, "organization");
  // Nothing is deployed from a plan: the examples of the committed stack files do.
  pulumi.runtime.setAllConfig({ [`${request.project}:acceptExamples`]: "true", ...request.config });
  return recordRegistrations();
}

function placeholders({ type, name, inputs, custom, id }: MockResourceArgs, request: PlanRequest) {
  if (type === stackReference) return { id: name, state: referencedStack(id || name, request) };
  if (custom === false) return { id: "", state: inputs };
  if (id) throw new UnknownType(`${type} ${name}: a plan cannot read a resource that exists already`);
  if (!isKnownType(type)) {
    throw new UnknownType(`${type} ${name}: add the type and its outputs to infra/preview/outputs.ts`);
  }
  return { id: referenceText(type, name, "id"), state: placeholdersOf(type, name, inputs) };
}

function referencedStack(name: string, request: PlanRequest) {
  const outputs = request.stackOutputs(name);
  if (!outputs)
    throw new Error(`stack ${name} has no outputs, and ${request.stack} needs them: update it first`);
  return { name, outputs, secretOutputNames: [] };
}

interface Monitor {
  registerResource(
    request: RegistrationRequest,
    done: (error: unknown, response?: { getUrn(): string }) => void,
  ): unknown;
}

/** The mocks do not see a resource's options; the monitor's raw requests have them. */
function recordRegistrations(): PlannedResource[] {
  const monitor = pulumi.runtime.getMonitor() as unknown as Monitor;
  const resources: PlannedResource[] = [];
  const keys = new Map<string, string>();
  const keyOfUrn = (urn: string) => keys.get(urn) ?? keys.get(urn.split("::").slice(0, 4).join("::"));
  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = (request, done) =>
    register(request, (error, response) => {
      if (error || !response) return done(error, response);
      try {
        resources.push(unique(plannedResource(request, response.getUrn(), keyOfUrn), resources));
        keys.set(response.getUrn(), `${request.getType()}::${request.getName()}`);
      } catch (failure) {
        return done(failure);
      }
      done(error, response);
    });
  return resources;
}

function unique(resource: PlannedResource, others: readonly PlannedResource[]): PlannedResource {
  if (others.some((other) => keyOf(other) === keyOf(resource))) {
    throw new Error(
      `two resources are ${resource.type} ${resource.name}: type and name must be unique in a stack`,
    );
  }
  return resource;
}

/** Runs the program until every resource, apply and output has settled. */
async function settled(request: PlanRequest, rejected: Promise<never>): Promise<Outputs> {
  const seconds = request.timeoutSeconds ?? 300;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    const failure = new PlanFailed(`the program of ${request.stack} did not settle within ${seconds} s`);
    timer = setTimeout(() => reject(failure), seconds * 1000);
  });
  try {
    return await Promise.race([run(request), late, rejected]);
  } catch (error) {
    if (error instanceof PlanFailed) throw error;
    throw new PlanFailed(`the program of ${request.stack} failed: ${messageOf(error)}`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

async function run(request: PlanRequest): Promise<Outputs> {
  const exported = (await request.program()) ?? {};
  const outputs = await new Promise<Outputs>((resolve) => {
    pulumi.output(exported).apply((values) => resolve(values as Outputs));
  });
  await pulumi.runtime.disconnect();
  // A failure that nobody awaits shows as an unhandled rejection only now.
  for (let turn = 0; turn < 2; turn++) await new Promise(setImmediate);
  return outputs;
}

/** While a program runs, what it rejects and nobody awaits belongs to the plan, not to the process. */
function collectRejections() {
  const failures: unknown[] = [];
  const others = process.listeners("unhandledRejection");
  const { promise: first, reject } = Promise.withResolvers<never>();
  first.catch(() => undefined);
  const collect = (reason: unknown) => {
    failures.push(reason);
    reject(reason);
  };
  process.removeAllListeners("unhandledRejection");
  process.on("unhandledRejection", collect);
  return {
    first,
    throwIfAny(stack: string) {
      if (failures.length === 0) return;
      const messages = [...new Set(failures.map(messageOf))].join("\n");
      throw new PlanFailed(`the program of ${stack} failed: ${messages}`, { cause: failures[0] });
    },
    stop() {
      process.off("unhandledRejection", collect);
      for (const listener of others) process.on("unhandledRejection", listener);
    },
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
