import { AwsError } from "./aws-error.ts";
import {
  type EndpointAnswer,
  type EndpointProtocol,
  jsonAnswer,
  type SignedRequest,
} from "./endpoint-protocol.ts";
import { functionOf } from "./function-arn.ts";
import type { InvokeResult } from "./function-runtime.ts";

const path = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/;

export type Invoke = (name: string, qualifier: string | undefined, event: unknown) => Promise<InvokeResult>;

/** Lambda's REST protocol: Invoke, and waiting for the answer. */
export class LambdaEndpoint implements EndpointProtocol {
  readonly service = "lambda";
  readonly #invoke: Invoke;

  constructor(invoke: Invoke) {
    this.#invoke = invoke;
  }

  async answer(request: SignedRequest): Promise<EndpointAnswer> {
    const named = decodeURIComponent(path.exec(request.path)?.[1] ?? "");
    const kind = request.headers["x-amz-invocation-type"] ?? "RequestResponse";
    if (request.method !== "POST" || named === "" || kind !== "RequestResponse") {
      const what = `${request.method} ${request.path} (${kind})`;
      throw new AwsError("NotImplemented", `Lambda operation ${what} is not simulated`, 501);
    }
    const [asked] = [request.query.Qualifier].flat();
    const { name, qualifier } = named.startsWith("arn:")
      ? functionOf(named)
      : { name: named, qualifier: undefined };
    const event = JSON.parse(Buffer.from(request.body).toString() || "{}") as unknown;
    const { payload, functionError } = await this.#invoke(name, asked ?? qualifier, event);
    return jsonAnswer(200, payload ?? null, functionError ? { "x-amz-function-error": functionError } : {});
  }

  refuse(error: AwsError): EndpointAnswer {
    return jsonAnswer(error.status, { Message: error.message }, { "x-amzn-errortype": error.code });
  }
}
