import { awsDelays } from "../../../monitoring/aws-delays.ts";
import type { Clock } from "../clock.ts";
import { type Delays, millisecondsOf } from "./delays.ts";
import type { HttpApiService } from "./http-api-service.ts";

export interface IntegrationUpdatesOptions {
  readonly clock: Clock;
  readonly httpApis: HttpApiService;
  readonly delays?: Delays;
}

/** An integration that calls another alias from now on. `at`: milliseconds since the epoch. */
export interface Pointed {
  readonly integrationId: string;
  readonly uri: string;
  readonly at: number;
}

/** API Gateway's UpdateIntegration: answered at once, and in force when its deployment is through. */
export class IntegrationUpdates {
  readonly #options: IntegrationUpdatesOptions;
  readonly #listeners = new Set<(pointed: Pointed) => void>();

  constructor(options: IntegrationUpdatesOptions) {
    this.#options = options;
  }

  /** Throws AwsError NotFoundException for an integration that this API does not have. */
  update(apiId: string, integrationId: string, uri: string): void {
    const { clock, httpApis, delays = awsDelays } = this.#options;
    httpApis.integrationOf(apiId, integrationId);
    clock.at(clock.now() + millisecondsOf(delays, "integration"), async () => {
      await httpApis.point(integrationId, uri);
      for (const listener of this.#listeners) listener({ integrationId, uri, at: clock.now() });
    });
  }

  /** What the integration calls now. Throws AwsError NotFoundException. */
  uriOf(apiId: string, integrationId: string): string {
    return this.#options.httpApis.integrationOf(apiId, integrationId).uri;
  }

  /** Calls the listener each time an update is in force; returns what ends that. */
  onPointed(listener: (pointed: Pointed) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
