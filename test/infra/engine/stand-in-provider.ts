/**
 * A provider plugin that accepts whatever it is asked for and makes nothing: it stands in for AWS's and PostgreSQL's
 * where the real engine runs a preview, so that the program, the engine and the language host are the real ones.
 * What it cannot show is what a provider says about the inputs; that is aws-check's part.
 */
import * as grpc from "@grpc/grpc-js";
import plugins from "@pulumi/pulumi/proto/plugin_pb.js";
import services from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import structures from "google-protobuf/google/protobuf/struct_pb.js";
import { answerInvoke } from "../../../infra/preview/invokes.ts";

export interface StandInProvider {
  readonly port: number;
  stop(): void;
}

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
const noDifference = () =>
  new messages.DiffResponse().setChanges(messages.DiffResponse.DiffChanges.DIFF_NONE);

/** `region`: the one that lookups answer from. */
export async function startStandInProvider(region: string): Promise<StandInProvider> {
  const server = new grpc.Server();
  server.addService(services.ResourceProviderService, {
    attach: by(() => new empty.Empty()),
    checkConfig: by(same),
    diffConfig: by(noDifference),
    configure: by(() =>
      new messages.ConfigureResponse()
        .setAcceptsecrets(true)
        .setAcceptresources(true)
        .setSupportspreview(true),
    ),
    check: by(same),
    diff: by(noDifference),
    create: by((request: InstanceType<typeof messages.CreateRequest>) =>
      new messages.CreateResponse().setId("").setProperties(request.getProperties()),
    ),
    invoke: by((request: InstanceType<typeof messages.InvokeRequest>) => {
      const inputs = request.getArgs()?.toJavaScript() ?? {};
      const answer = answerInvoke(request.getTok(), inputs, { region });
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
  return { port, stop: () => server.forceShutdown() };
}
