/** The policy pack as the engine runs it: a process of its own, asked over gRPC. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { createInterface } from "node:readline";
import * as grpc from "@grpc/grpc-js";
import services from "@pulumi/pulumi/proto/analyzer_grpc_pb.js";
import messages from "@pulumi/pulumi/proto/analyzer_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import structures from "google-protobuf/google/protobuf/struct_pb.js";

/** A resource as the engine describes it when a preview or an update ends. */
export interface DescribedResource {
  readonly type: string;
  readonly name: string;
  readonly urn: string;
  readonly properties: Properties;
  readonly protect: boolean;
  /** The URNs that each property depends on. */
  readonly dependencies: Readonly<Record<string, readonly string[]>>;
  readonly provider?: Omit<DescribedResource, "protect" | "dependencies" | "provider">;
}

type Properties = Readonly<Record<string, structures.JavaScriptValue>>;

export interface Diagnostic {
  readonly policy: string;
  readonly message: string;
  readonly urn: string;
  readonly mandatory: boolean;
}

export interface Analyzer {
  policies(): Promise<readonly string[]>;
  analyze(resources: readonly DescribedResource[]): Promise<readonly Diagnostic[]>;
  stop(): void;
}

const runPack = createRequire(import.meta.url).resolve("@pulumi/pulumi/cmd/run-policy-pack");
const startMilliseconds = 300_000;
const messageBytes = 64 * 1024 * 1024;

/** Starts a pack as Pulumi's language host does. Rejects with what it said when it ends before it listens. */
export async function startAnalyzer(directory: string): Promise<Analyzer> {
  const { port, stop } = await startPack(directory);
  const client = new services.AnalyzerClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure(), {
    "grpc.max_send_message_length": messageBytes,
  });
  return {
    async policies() {
      const info = await answered<messages.AnalyzerInfo>((done) =>
        client.getAnalyzerInfo(new empty.Empty(), done),
      );
      return info.getPoliciesList().map((policy) => policy.getName());
    },
    async analyze(resources) {
      const request = new messages.AnalyzeStackRequest().setResourcesList(resources.map(described));
      const answer = await answered<messages.AnalyzeResponse>((done) => client.analyzeStack(request, done));
      return answer.getDiagnosticsList().map(diagnostic);
    },
    stop() {
      client.close();
      stop();
    },
  };
}

async function startPack(directory: string): Promise<{ port: string; stop: () => void }> {
  // The address of the engine, which a pack without configuration never calls.
  const cwd = resolve(directory);
  const child = spawn(process.execPath, [runPack, "127.0.0.1:1", cwd], { cwd });
  let said = "";
  child.stderr.on("data", (text) => {
    said += text;
  });
  const ended = once(child, "exit").then(() => Promise.reject(new Error(`the pack ended: ${said}`)));
  const first = once(createInterface(child.stdout), "line", {
    signal: AbortSignal.timeout(startMilliseconds),
  });
  const [port] = await Promise.race([first, ended]);
  ended.catch(() => undefined);
  return { port: String(port), stop: () => child.kill() };
}

function answered<Answer>(
  call: (done: (error: grpc.ServiceError | null, answer: Answer) => void) => unknown,
): Promise<Answer> {
  return new Promise((succeed, reject) => {
    call((error, answer) => (error ? reject(error) : succeed(answer)));
  });
}

function described(resource: DescribedResource): messages.AnalyzerResource {
  const message = new messages.AnalyzerResource()
    .setType(resource.type)
    .setName(resource.name)
    .setUrn(resource.urn)
    .setProperties(structures.Struct.fromJavaScript({ ...resource.properties }))
    .setOptions(new messages.AnalyzerResourceOptions().setProtect(resource.protect))
    .setDependenciesList([...new Set(Object.values(resource.dependencies).flat())]);
  for (const [property, urns] of Object.entries(resource.dependencies)) {
    const depended = new messages.AnalyzerPropertyDependencies().setUrnsList([...urns]);
    message.getPropertydependenciesMap().set(property, depended);
  }
  if (!resource.provider) return message;
  const { type, name, urn, properties } = resource.provider;
  return message.setProvider(
    new messages.AnalyzerProviderResource()
      .setType(type)
      .setName(name)
      .setUrn(urn)
      .setProperties(structures.Struct.fromJavaScript({ ...properties })),
  );
}

function diagnostic(message: messages.AnalyzeDiagnostic): Diagnostic {
  return {
    policy: message.getPolicyname(),
    message: message.getMessage(),
    urn: message.getUrn(),
    mandatory: message.getEnforcementlevel() === messages.EnforcementLevel.MANDATORY,
  };
}
