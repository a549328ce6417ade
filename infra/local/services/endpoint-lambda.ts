import { z } from "zod";
import { AwsError } from "./aws-error.ts";
import {
  type EndpointAnswer,
  type EndpointProtocol,
  jsonAnswer,
  type SignedRequest,
} from "./endpoint-protocol.ts";
import { functionArn, functionOf } from "./function-arn.ts";
import { FunctionUnknown } from "./function-registry.ts";
import type { FunctionRuntime } from "./function-runtime.ts";
import type { SessionService } from "./session-service.ts";

const invocationPath = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/;
const aliasPath = /^\/2015-03-31\/functions\/([\w-]+)\/aliases\/([\w-]+)$/;
const updateInput = z.strictObject({ FunctionVersion: z.string().regex(/^\d+$/) });

export interface LambdaEndpointParts {
  readonly region: string;
  readonly runtime: Pick<FunctionRuntime, "invoke" | "setAlias">;
  readonly sessions: SessionService;
}

/**
 * Lambda's REST protocol: Invoke, and waiting for the answer, by any role; UpdateAlias, to a published version and
 * nothing else, by a role whose policies allow it.
 */
export class LambdaEndpoint implements EndpointProtocol {
  readonly service = "lambda";
  readonly #parts: LambdaEndpointParts;

  constructor(parts: LambdaEndpointParts) {
    this.#parts = parts;
  }

  async answer(request: SignedRequest): Promise<EndpointAnswer> {
    const { method, path } = request;
    const kind = request.headers["x-amz-invocation-type"] ?? "RequestResponse";
    const invoked = method === "POST" && kind === "RequestResponse" && invocationPath.exec(path)?.[1];
    if (invoked) return this.#invoke(decodeURIComponent(invoked), request);
    const [, name, alias] = (method === "PUT" && aliasPath.exec(path)) || [];
    if (name && alias) return this.#updateAlias(name, alias, request);
    const what = `${method} ${path} (${kind})`;
    throw new AwsError("NotImplemented", `Lambda operation ${what} is not simulated`, 501);
  }

  refuse(error: AwsError): EndpointAnswer {
    return jsonAnswer(error.status, { Message: error.message }, { "x-amzn-errortype": error.code });
  }

  async #invoke(named: string, { body, query }: SignedRequest): Promise<EndpointAnswer> {
    const [asked] = [query.Qualifier].flat();
    const { name, qualifier } = named.startsWith("arn:")
      ? functionOf(named)
      : { name: named, qualifier: undefined };
    const event = JSON.parse(Buffer.from(body).toString() || "{}") as unknown;
    const { payload, functionError } = await this.#parts.runtime.invoke(name, asked ?? qualifier, event);
    return jsonAnswer(200, payload ?? null, functionError ? { "x-amz-function-error": functionError } : {});
  }

  async #updateAlias(name: string, alias: string, { body, session }: SignedRequest): Promise<EndpointAnswer> {
    const { region, runtime, sessions } = this.#parts;
    const resource = functionArn(region, name);
    if (!sessions.allows(session, { action: "lambda:UpdateAlias", resource }))
      throw new AwsError("AccessDeniedException", `not allowed: lambda:UpdateAlias on ${resource}`, 403);
    const { FunctionVersion } = updateInput.parse(JSON.parse(Buffer.from(body).toString()));
    await runtime.setAlias(name, alias, FunctionVersion).catch((error) => {
      if (!(error instanceof FunctionUnknown)) throw error;
      throw new AwsError("ResourceNotFoundException", error.message, 404);
    });
    const AliasArn = functionArn(region, name, alias);
    return jsonAnswer(200, { AliasArn, Name: alias, FunctionVersion });
  }
}
