import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { componentType } from "../naming.ts";

export interface HttpRouteArgs {
  /** The HTTP API, and what permissions to call from it are written with. */
  readonly apiId: pulumi.Input<string>;
  readonly executionArn: pulumi.Input<string>;
  /** The alias that answers every request. */
  readonly alias: aws.lambda.Alias;
  /** Milliseconds until the HTTP API answers 503 by itself: above the handler's deadline and Lambda's timeout. */
  readonly timeoutMilliseconds: number;
}

/**
 * Every request of the HTTP API goes to one alias. Apart from the HttpApi, because the alarms need the API's id, the
 * function needs the flag store, the flag store needs the alarms, and this needs the function.
 */
export class HttpRoute extends pulumi.ComponentResource {
  constructor(name: string, args: HttpRouteArgs, options?: pulumi.ComponentResourceOptions) {
    super(componentType("api", "HttpRoute"), name, {}, options);
    const permission = new aws.lambda.Permission(
      name,
      {
        statementId: "http-api",
        action: "lambda:InvokeFunction",
        function: args.alias.functionName,
        qualifier: args.alias.name,
        principal: "apigateway.amazonaws.com",
        sourceArn: pulumi.interpolate`${args.executionArn}/*/$default`,
      },
      { parent: this },
    );
    const integration = new aws.apigatewayv2.Integration(
      name,
      {
        apiId: args.apiId,
        integrationType: "AWS_PROXY",
        integrationUri: args.alias.invokeArn,
        payloadFormatVersion: "2.0",
        timeoutMilliseconds: args.timeoutMilliseconds,
      },
      { parent: this, dependsOn: [permission] },
    );
    const route = {
      apiId: args.apiId,
      routeKey: "$default",
      target: pulumi.interpolate`integrations/${integration.id}`,
    };
    new aws.apigatewayv2.Route(name, route, { parent: this });
    this.registerOutputs({});
  }
}
