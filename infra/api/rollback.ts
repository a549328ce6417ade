import * as pulumi from "@pulumi/pulumi";
import type { FlagStore } from "../../flags/flag-store.ts";
import { RollbackTrigger, rollbackStatements, rollbackVariables } from "../../monitoring/rollback-trigger.ts";
import type { Topics } from "../../monitoring/topics.ts";
import { componentType, type Place } from "../naming.ts";
import type { Bundle } from "./bundle.ts";
import type { HttpApi } from "./http-api.ts";
import { ServiceFunction } from "./service-function.ts";

export interface RollbackArgs {
  /** Where it is, for physical names and ARNs. */
  readonly place: Place;
  /** The code. */
  readonly bundle: Bundle;
  /** The kill switch that it trips. */
  readonly flags: FlagStore;
  /** The topic that starts it, and the one where it tells people. */
  readonly topics: Topics;
  /** The address where v1 must prove that it answers. */
  readonly httpApi: HttpApi;
  /** Days its log is kept. */
  readonly logDays: number;
}

/** It retries while AppConfig finishes another deployment of the cap; it has a minute in all. */
const timeoutSeconds = 60;

/** Held free, so that an API that takes all of the account's concurrency cannot keep it from running. */
const concurrency = 2;

/** The way down: a function outside the network that holds v2 at 0 as soon as an alarm says so. */
export class Rollback extends pulumi.ComponentResource {
  constructor(name: string, args: RollbackArgs, options?: pulumi.ComponentResourceOptions) {
    super(componentType("api", "Rollback"), name, {}, options);
    const { bundle, flags, httpApi, logDays, place, topics } = args;
    const target = pulumi
      .all([
        flags.killSwitch,
        flags.trippedVersion,
        flags.strategyIds["0"]!,
        httpApi.url,
        topics.alertsArn,
        topics.keyArn,
      ])
      .apply(([killSwitch, trippedVersion, strategyId, apiUrl, alertsTopicArn, topicKeyArn]) => ({
        ...place,
        ...killSwitch,
        trippedVersion,
        strategyId,
        apiUrl,
        alertsTopicArn,
        topicKeyArn,
      }));
    const code = new ServiceFunction(
      name,
      {
        environment: place.environment,
        bundle,
        variables: target.apply(rollbackVariables),
        statements: target.apply(rollbackStatements),
        logDays,
        timeoutSeconds,
        concurrency,
      },
      { parent: this },
    );
    new RollbackTrigger(name, { topicArn: topics.rollbackArn, alias: code.alias }, { parent: this });
    this.registerOutputs({});
  }
}
