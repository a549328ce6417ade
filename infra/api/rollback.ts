import * as pulumi from "@pulumi/pulumi";
import type { FlagStore } from "../../flags/flag-store.ts";
import {
  type RollbackTarget,
  rollbackStatements,
  rollbackVariables,
} from "../../monitoring/rollback-target.ts";
import { RollbackTrigger } from "../../monitoring/rollback-trigger.ts";
import type { Topics } from "../../monitoring/topics.ts";
import { componentType, type Place } from "../naming.ts";
import { evidenceStatements } from "../storage/evidence-access.ts";
import type { Bundle } from "./bundle.ts";
import type { HttpApi } from "./http-api.ts";
import { type IncidentArgs, incidentTarget, keepingOf } from "./incident-reach.ts";
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
  readonly httpApi: Pick<HttpApi, "url">;
  /** What the record of an incident needs: where it is kept, who is told, what ran. */
  readonly incident: IncidentArgs;
  /** Days its log is kept. */
  readonly logDays: number;
}

/** It retries while AppConfig finishes another deployment of the cap; then it proves, tells and collects. */
const timeoutSeconds = 120;

/** Held free, so that an API that takes all of the account's concurrency cannot keep it from running. */
const concurrency = 2;

/** The way down: a function outside the network that holds v2 at 0 as soon as an alarm says so. */
export class Rollback extends pulumi.ComponentResource {
  constructor(name: string, args: RollbackArgs, options?: pulumi.ComponentResourceOptions) {
    super(componentType("api", "Rollback"), name, {}, options);
    const { bundle, logDays, place } = args;
    const target = pulumi
      .all([downTarget(args), incidentTarget(args)])
      .apply(([down, read]): RollbackTarget => ({ ...down, ...read }));
    const evidence = keepingOf(args.incident.evidence).apply((keeping) =>
      evidenceStatements(keeping, { read: ["incidents/", "rollout/log/"], write: ["incidents/"] }),
    );
    const code = new ServiceFunction(
      name,
      {
        environment: place.environment,
        bundle,
        variables: target.apply(rollbackVariables),
        statements: pulumi.all([target.apply(rollbackStatements), evidence]).apply((all) => all.flat()),
        logDays,
        timeoutSeconds,
        concurrency,
      },
      { parent: this },
    );
    new RollbackTrigger(name, { topicArn: args.topics.rollbackArn, alias: code.alias }, { parent: this });
    this.registerOutputs({});
  }
}

/** The way down itself, beside what follows it. */
function downTarget({ flags, incident, topics }: RollbackArgs) {
  return pulumi.output({
    trippedVersion: flags.trippedVersion,
    strategyId: flags.strategyIds["0"]!,
    alertsTopicArn: topics.alertsArn,
    topicKeyArn: topics.keyArn,
    contacts: incident.contacts,
    tenants: incident.tenants,
  });
}
