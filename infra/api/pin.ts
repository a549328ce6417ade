import type * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { type PinTarget, pinStatements, pinVariables } from "../../monitoring/pin-target.ts";
import type { PinTopics } from "../../monitoring/pin-topics.ts";
import { RollbackTrigger } from "../../monitoring/rollback-trigger.ts";
import { componentType, type Place } from "../naming.ts";
import type { Bundle } from "./bundle.ts";
import type { HttpApi } from "./http-api.ts";
import { ServiceFunction } from "./service-function.ts";

export interface PinArgs {
  /** Where it is, for physical names and ARNs. */
  readonly place: Place;
  /** The code. */
  readonly bundle: Bundle;
  /** The topic that starts it, and the one where it tells people. */
  readonly topics: PinTopics;
  /** The API whose integration it points elsewhere, and its public address. */
  readonly httpApi: Pick<HttpApi, "apiId" | "url">;
  readonly integrationId: pulumi.Output<string>;
  /** The alias that it points it at. */
  readonly pinned: aws.lambda.Alias;
  /** The API's function, whose aliases it moves back where the code is the cause. */
  readonly functionArn: pulumi.Output<string>;
  /** Days its log is kept. */
  readonly logDays: number;
}

/** A handful of calls of at most 5 s each, tried again a few times. */
const timeoutSeconds = 60;

/** Held free, so that an API that takes all of the account's concurrency cannot keep it from running. */
const concurrency = 2;

/**
 * The second way down: a function that points the HTTP API at v1 as soon as an alarm says so. It shares nothing
 * with the first: no function, role, topic, key, nor the service that it moves.
 */
export class Pin extends pulumi.ComponentResource {
  constructor(name: string, args: PinArgs, options?: pulumi.ComponentResourceOptions) {
    super(componentType("api", "Pin"), name, {}, options);
    const { bundle, functionArn, httpApi, integrationId, logDays, pinned, place, topics } = args;
    const target: pulumi.Output<PinTarget> = pulumi
      .all([
        [
          httpApi.apiId,
          integrationId,
          pinned.invokeArn,
          httpApi.url,
          topics.alertsArn,
          topics.keyArn,
        ] as const,
        [pinned.functionName, functionArn] as const,
      ])
      .apply(([[apiId, integration, pinnedUri, apiUrl, alertsTopicArn, topicKeyArn], [name, arn]]) => ({
        ...place,
        functionName: name,
        functionArn: arn,
        apiId,
        integrationId: integration,
        pinnedUri,
        apiUrl,
        alertsTopicArn,
        topicKeyArn,
      }));
    const code = new ServiceFunction(
      name,
      {
        environment: place.environment,
        bundle,
        variables: target.apply(pinVariables),
        statements: target.apply(pinStatements),
        logDays,
        timeoutSeconds,
        concurrency,
      },
      { parent: this },
    );
    new RollbackTrigger(name, { topicArn: topics.pinArn, alias: code.alias }, { parent: this });
    this.registerOutputs({});
  }
}
