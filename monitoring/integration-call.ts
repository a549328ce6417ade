/**
 * API Gateway's UpdateIntegration as a signed request: the one call of that service, in 40 lines instead of its SDK
 * client, which is not among the dependencies.
 */
import { Sha256 } from "@aws-crypto/sha256-js";
import { SignatureV4 } from "@smithy/signature-v4";

/** An integration of an HTTP API, and what it shall call. */
export interface IntegrationUpdate {
  readonly apiId: string;
  readonly integrationId: string;
  /** The invoke ARN of a function's alias. */
  readonly integrationUri: string;
}

/** Where the service is and whose calls these are. */
export interface Caller {
  readonly region: string;
  /** Left out: AWS's own address in that region. */
  readonly endpoint?: string | undefined;
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  };
  readonly fetch: typeof globalThis.fetch;
}

/** API Gateway refused or failed. */
export class IntegrationRefusedError extends Error {
  override readonly name = "IntegrationRefusedError";
  readonly status: number;

  constructor(status: number, text: string) {
    super(`API Gateway answered ${status} ${text}`);
    this.status = status;
  }

  /** Throttled or broken there: the same call may succeed a moment later. */
  get mayPass(): boolean {
    return this.status === 429 || this.status >= 500;
  }
}

/** Points the integration; resolves with where it points then. Throws IntegrationRefusedError. */
export async function updateIntegration(update: IntegrationUpdate, caller: Caller): Promise<string> {
  const { url, init } = await signed(update, caller);
  const answer = await caller.fetch(url, { ...init, signal: AbortSignal.timeout(5000) });
  const text = await answer.text();
  if (!answer.ok) throw new IntegrationRefusedError(answer.status, text);
  return String((JSON.parse(text) as { integrationUri?: unknown }).integrationUri);
}

async function signed({ apiId, integrationId, integrationUri }: IntegrationUpdate, caller: Caller) {
  const { region, credentials } = caller;
  const url = new URL(caller.endpoint ?? `https://apigateway.${region}.amazonaws.com`);
  url.pathname = `/v2/apis/${apiId}/integrations/${integrationId}`;
  const body = JSON.stringify({ integrationUri });
  const signer = new SignatureV4({ service: "apigateway", region, credentials, sha256: Sha256 });
  const { headers } = await signer.sign({
    method: "PATCH",
    protocol: url.protocol,
    hostname: url.hostname,
    path: url.pathname,
    headers: { host: url.host, "content-type": "application/json" },
    body,
  });
  return { url, init: { method: "PATCH", headers, body } };
}
