import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { componentType, physicalName } from "../naming.ts";
import { sortedJson } from "../policy.ts";

export interface HttpApiArgs {
  /** The environment, for physical names. */
  readonly environment: string;
  /** Requests a second, of all callers together, and twice as many in a burst. More are answered 429. */
  readonly requestsPerSecond: number;
  /** Whether AWS's own address answers, too: not where a domain of ours points at the API itself. */
  readonly ownAddress: boolean;
  /** Days the access log is kept. */
  readonly logDays: number;
}

/** The public address: an HTTP API with an access log and a throttle. What answers is the HttpRoute's business. */
export class HttpApi extends pulumi.ComponentResource {
  readonly apiId: pulumi.Output<string>;
  /** What permissions to call are written with. */
  readonly executionArn: pulumi.Output<string>;
  readonly stage: pulumi.Output<string>;
  /** AWS's own address, without a slash at its end. */
  readonly url: pulumi.Output<string>;

  constructor(name: string, args: HttpApiArgs, options?: pulumi.ComponentResourceOptions) {
    super(componentType("api", "HttpApi"), name, {}, options);
    const apiName = physicalName("httpApi", args.environment, name);
    const inputs = {
      name: apiName,
      protocolType: "HTTP",
      description: "Part Lens",
      ...(!args.ownAddress && { disableExecuteApiEndpoint: true }),
    };
    const api = new aws.apigatewayv2.Api(name, inputs, { parent: this });
    const log = new aws.cloudwatch.LogGroup(
      `${name}-access`,
      { name: `/aws/apigateway/${apiName}`, retentionInDays: args.logDays },
      { parent: this },
    );
    const stage = new aws.apigatewayv2.Stage(
      name,
      {
        apiId: api.id,
        name: "$default",
        autoDeploy: true,
        accessLogSettings: { destinationArn: log.arn, format: sortedJson(accessLogFormat) },
        defaultRouteSettings: {
          throttlingBurstLimit: 2 * args.requestsPerSecond,
          throttlingRateLimit: args.requestsPerSecond,
        },
      },
      { parent: this },
    );
    this.apiId = api.id;
    this.executionArn = api.executionArn;
    this.url = api.apiEndpoint;
    this.stage = stage.name;
    this.registerOutputs({ apiId: this.apiId, url: this.url });
  }
}

/** One line a request: who answered, how long it took, and nothing that a caller sent but the path. */
export const accessLogFormat = {
  at: "$context.requestTimeEpoch",
  error: "$context.error.message",
  integrationError: "$context.integrationErrorMessage",
  integrationLatency: "$context.integrationLatency",
  latency: "$context.responseLatency",
  method: "$context.httpMethod",
  path: "$context.path",
  requestId: "$context.requestId",
  sourceIp: "$context.identity.sourceIp",
  status: "$context.status",
} as const satisfies Record<string, `$context.${string}`>;
