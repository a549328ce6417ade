import { type Caller, sendSigned } from "./signed-call.ts";

/** An integration of an HTTP API, and what it shall call. */
export interface IntegrationUpdate {
  readonly apiId: string;
  readonly integrationId: string;
  /** The invoke ARN of a function's alias. */
  readonly integrationUri: string;
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
  const { apiId, integrationId, integrationUri } = update;
  const path = `/v2/apis/${apiId}/integrations/${integrationId}`;
  const call = { service: "apigateway", method: "PATCH", path, body: { integrationUri } } as const;
  const answer = await sendSigned(call, caller);
  const text = await answer.text();
  if (!answer.ok) throw new IntegrationRefusedError(answer.status, text);
  return String((JSON.parse(text) as { integrationUri?: unknown }).integrationUri);
}
