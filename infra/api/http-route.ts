import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { componentType } from "../naming.ts";

export interface HttpRouteArgs {
  /** The HTTP API, and what permissions to call from it are written with. */
  readonly apiId: pulumi.Input<string>;
  readonly executionArn: pulumi.Input<string>;
  /** The alias that answers every request, and the one that does while the pin holds. */
  readonly alias: aws.lambda.Alias;
  readonly pinned: aws.lambda.Alias;
  /** Whether the pin holds: then an update declares what is, and raises nothing. */
  readonly pinHolds: pulumi.Output<boolean>;
  /** Milliseconds until the HTTP API answers 503 by itself: above the handler's deadline and Lambda's timeout. */
  readonly timeoutMilliseconds: number;
}

/**
 * Every request of the HTTP API goes to one alias. Apart from the HttpApi, because the alarms need the API's id, the
 * function needs the flag store, the flag store needs the alarms, and this needs the function.
 */
export class HttpRoute extends pulumi.ComponentResource {
  readonly integrationId: pulumi.Output<string>;

  constructor(name: string, args: HttpRouteArgs, options?: pulumi.ComponentResourceOptions) {
    super(componentType("api", "HttpRoute"), name, {}, options);
    // Both from the start: the pin may change where requests go, and not who may be called.
    const permissions = [
      this.#permission(name, "http-api", args.alias, args),
      this.#permission(`${name}-pinned`, "http-api-pinned", args.pinned, args),
    ];
    const uri = pulumi
      .all([args.pinHolds, args.alias.invokeArn, args.pinned.invokeArn])
      .apply(([holds, usual, pinned]) => (holds ? pinned : usual));
    const integration = new aws.apigatewayv2.Integration(
      name,
      {
        apiId: args.apiId,
        integrationType: "AWS_PROXY",
        integrationUri: uri,
        payloadFormatVersion: "2.0",
        timeoutMilliseconds: args.timeoutMilliseconds,
      },
      { parent: this, dependsOn: permissions },
    );
    const route = {
      apiId: args.apiId,
      routeKey: "$default",
      target: pulumi.interpolate`integrations/${integration.id}`,
    };
    new aws.apigatewayv2.Route(name, route, { parent: this });
    this.integrationId = integration.id;
    this.registerOutputs({});
  }

  #permission(name: string, statementId: string, alias: aws.lambda.Alias, { executionArn }: HttpRouteArgs) {
    const inputs = {
      statementId,
      action: "lambda:InvokeFunction",
      function: alias.functionName,
      qualifier: alias.name,
      principal: "apigateway.amazonaws.com",
      sourceArn: pulumi.interpolate`${executionArn}/*/$default`,
    };
    return new aws.lambda.Permission(name, inputs, { parent: this });
  }
}
