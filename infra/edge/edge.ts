import * as pulumi from "@pulumi/pulumi";
import type { HttpApi } from "../api/http-api.ts";
import type { EdgeConfig } from "../edge-config.ts";
import { componentType } from "../naming.ts";
import { ApiDomain } from "./api-domain.ts";
import { Distribution } from "./distribution.ts";
import { OriginKey } from "./origin-key.ts";

export interface EdgeArgs {
  /** The environment, for physical names. */
  readonly environment: string;
  readonly edge: EdgeConfig;
  readonly httpApi: HttpApi;
  /** Milliseconds until the HTTP API gives up by itself. */
  readonly timeoutMilliseconds: number;
}

/** How callers reach the HTTP API, as the configuration says. */
export class Edge extends pulumi.ComponentResource {
  /** The public address, without a slash at its end. */
  readonly url: pulumi.Output<string>;
  /** SHA-256 of the key that the API asks for; undefined where it asks for none. */
  readonly originKeyHash: pulumi.Output<string> | undefined;

  constructor(name: string, args: EdgeArgs, options?: pulumi.ComponentResourceOptions) {
    super(componentType("edge", "Edge"), name, {}, options);
    const own = { parent: this };
    const { edge, environment, httpApi, timeoutMilliseconds } = args;
    if (edge.kind === "cloudfront") {
      const originKey = new OriginKey(name, { environment }, own);
      const readTimeoutSeconds = Math.ceil(timeoutMilliseconds / 1000) + 1;
      const behind = { environment, originKey, apiUrl: httpApi.url, readTimeoutSeconds };
      this.url = new Distribution(name, { ...behind, ...edge }, own).url;
      this.originKeyHash = originKey.hash;
    } else if (edge.kind === "domain") {
      const { apiId, stage } = httpApi;
      this.url = new ApiDomain(name, { apiId, stage, domain: edge.domain, zoneId: edge.zoneId }, own).url;
    } else this.url = httpApi.url;
    this.registerOutputs({ url: this.url });
  }
}
