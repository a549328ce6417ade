/**
 * A signed request to a service whose SDK client is not among the dependencies: API Gateway's UpdateIntegration and
 * Lambda's UpdateAlias are one call each.
 */
import { Sha256 } from "@aws-crypto/sha256-js";
import { SignatureV4 } from "@smithy/signature-v4";

/** Where the services are and whose calls these are. */
export interface Caller {
  readonly region: string;
  /** Left out: AWS's own address of the service in that region. */
  readonly endpoint?: string | undefined;
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  };
  readonly fetch: typeof globalThis.fetch;
}

export interface SignedCall {
  /** As the credential scope and the host name it. */
  readonly service: "apigateway" | "lambda";
  readonly method: "PATCH" | "PUT";
  readonly path: string;
  readonly body: object;
}

/** Sends it, for at most 5 s; resolves with the answer, whatever its status. */
export async function sendSigned(call: SignedCall, caller: Caller): Promise<Response> {
  const { method, path, service } = call;
  const { region, credentials } = caller;
  const url = new URL(caller.endpoint ?? `https://${service}.${region}.amazonaws.com`);
  url.pathname = path;
  const body = JSON.stringify(call.body);
  const signer = new SignatureV4({ service, region, credentials, sha256: Sha256 });
  const { headers } = await signer.sign({
    method,
    protocol: url.protocol,
    hostname: url.hostname,
    path,
    headers: { host: url.host, "content-type": "application/json" },
    body,
  });
  return caller.fetch(url, { method, headers, body, signal: AbortSignal.timeout(5000) });
}
