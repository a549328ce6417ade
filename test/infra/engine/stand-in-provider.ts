/**
 * A provider plugin that accepts whatever it is asked for and makes nothing: it stands in for AWS's and PostgreSQL's
 * where the real engine runs, so that the program, the engine and the language host are the real ones. A resource that
 * it "made" gives out the placeholders of a plan, and differs once its inputs do.
 * What it cannot show is what a provider says about the inputs; that is aws-check's part.
 */
import * as grpc from "@grpc/grpc-js";
import plugins from "@pulumi/pulumi/proto/plugin_pb.js";
import services from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import structures from "google-protobuf/google/protobuf/struct_pb.js";
import { answerInvoke, type LiveState } from "../../../infra/preview/invokes.ts";
import { placeholdersOf } from "../../../infra/preview/placeholders.ts";
import { referenceText } from "../../../infra/preview/reference.ts";

/** An operation that changes something, by type and name, as `create aws:s3/bucket:Bucket evidence`. */
export type Change = `${"create" | "update" | "delete"} ${string} ${string}`;

export interface StandInOptions extends LiveState {
  /** Outputs of a resource that are no placeholders. */
  readonly outputs?: (type: string, name: string) => Tree | undefined;
  /** Is told each configuration, and refuses it by throwing. */
  readonly configured?: (inputs: Readonly<Tree>) => void;
}

export interface StandInProvider {
  readonly port: number;
  /** What was really asked for, previews left out, in order. */
  readonly changes: Change[];
  stop(): void;
}

type Tree = Record<string, unknown>;

type Handler<Request, Response> = grpc.handleUnaryCall<Request, Response>;

/** Answers a call by what a function makes of its request; what that throws is the engine's to show. */
function by<Request, Response>(answer: (request: Request) => Response): Handler<Request, Response> {
  return ({ request }, done) => {
    try {
      done(null, answer(request));
    } catch (error) {
      done({ code: grpc.status.INTERNAL, message: String(error) });
    }
  };
}

const same = (request: InstanceType<typeof messages.CheckRequest>) =>
  new messages.CheckResponse().setInputs(request.getNews());

const { DIFF_NONE, DIFF_SOME } = messages.DiffResponse.DiffChanges;
const textOf = (value: structures.Struct | undefined) => JSON.stringify(value?.toJavaScript() ?? {});

function difference(request: InstanceType<typeof messages.DiffRequest>) {
  const isSame = textOf(request.getOldInputs()) === textOf(request.getNews());
  return new messages.DiffResponse().setChanges(isSame ? DIFF_NONE : DIFF_SOME);
}

/** Type and name in an URN. */
function planned(urn: string): { type: string; name: string } {
  const [, , types = "", name = ""] = urn.split("::");
  return { type: types.split("$").at(-1) ?? "", name };
}

/** A stack's resources, as far as the engine is to know of them. */
class Resources {
  readonly changes: Change[] = [];
  readonly #options: StandInOptions;

  constructor(options: StandInOptions) {
    this.#options = options;
  }

  create(request: InstanceType<typeof messages.CreateRequest>) {
    const { type, name } = planned(request.getUrn());
    if (request.getPreview()) return new messages.CreateResponse().setProperties(request.getProperties());
    this.changes.push(`create ${type} ${name}`);
    const properties = this.#outputs(type, name, request.getProperties());
    return new messages.CreateResponse().setId(referenceText(type, name, "id")).setProperties(properties);
  }

  update(request: InstanceType<typeof messages.UpdateRequest>) {
    const { type, name } = planned(request.getUrn());
    if (!request.getPreview()) this.changes.push(`update ${type} ${name}`);
    return new messages.UpdateResponse().setProperties(this.#outputs(type, name, request.getNews()));
  }

  delete(request: InstanceType<typeof messages.DeleteRequest>) {
    const { type, name } = planned(request.getUrn());
    this.changes.push(`delete ${type} ${name}`);
    return new empty.Empty();
  }

  #outputs(type: string, name: string, inputs: structures.Struct | undefined) {
    const state = placeholdersOf(type, name, (inputs?.toJavaScript() ?? {}) as Tree);
    const outputs = { ...state, ...this.#options.outputs?.(type, name) };
    return structures.Struct.fromJavaScript(outputs as Record<string, structures.JavaScriptValue>);
  }
}

export async function startStandInProvider(options: StandInOptions): Promise<StandInProvider> {
  const resources = new Resources(options);
  const server = new grpc.Server();
  server.addService(services.ResourceProviderService, {
    attach: by(() => new empty.Empty()),
    checkConfig: by(same),
    diffConfig: by(difference),
    configure: by((request: InstanceType<typeof messages.ConfigureRequest>) => {
      options.configured?.(request.getArgs()?.toJavaScript() ?? {});
      return new messages.ConfigureResponse()
        .setAcceptsecrets(true)
        .setAcceptresources(true)
        .setSupportspreview(true);
    }),
    check: by(same),
    diff: by(difference),
    create: by((request: InstanceType<typeof messages.CreateRequest>) => resources.create(request)),
    update: by((request: InstanceType<typeof messages.UpdateRequest>) => resources.update(request)),
    delete: by((request: InstanceType<typeof messages.DeleteRequest>) => resources.delete(request)),
    invoke: by((request: InstanceType<typeof messages.InvokeRequest>) => {
      const inputs = request.getArgs()?.toJavaScript() ?? {};
      const answer = answerInvoke(request.getTok(), inputs, options);
      const result = structures.Struct.fromJavaScript(answer as Record<string, structures.JavaScriptValue>);
      return new messages.InvokeResponse().setReturn(result);
    }),
    getPluginInfo: by(() => new plugins.PluginInfo().setVersion("0.0.0")),
  } as unknown as grpc.UntypedServiceImplementation);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  return { port, changes: resources.changes, stop: () => server.forceShutdown() };
}
