import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import {
  type NotifierTarget,
  notifierStatements,
  notifierVariables,
} from "../../monitoring/incident/notifier-target.ts";
import { RollbackTrigger } from "../../monitoring/rollback-trigger.ts";
import { componentType, type Place, physicalName } from "../naming.ts";
import { policyDocument, serviceTrust, sortedJson } from "../policy.ts";
import { evidenceStatements } from "../storage/evidence-access.ts";
import type { Bundle } from "./bundle.ts";
import { type IncidentReach, incidentTarget, keepingOf } from "./incident-reach.ts";
import { ServiceFunction } from "./service-function.ts";

/** A topic that people are told through. */
interface ContactTopic {
  readonly alertsArn: pulumi.Output<string>;
  readonly keyArn: pulumi.Output<string>;
}

/** Where it is, and what the record of a rollback is made from, are those of `IncidentReach`. */
export interface NotifierArgs extends IncidentReach {
  /** The code. */
  readonly bundle: Bundle;
  /** The topics of the contacts: of the kill switch, whose outbox it empties, and of the pin. */
  readonly topics: ContactTopic;
  readonly pinTopics: ContactTopic;
  /** Days its log is kept. */
  readonly logDays: number;
}

/** What is older than this nobody needs to hear by a message any more; the record keeps it. */
const sweepHours = 24;

/** A few calls of at most 5 s each, tried again; then it collects, each part for 15 s at most. */
const timeoutSeconds = 120;

/**
 * Takes what the contacts are told to the chat, and into the record; and makes the record of a rollback whole that no
 * alarm's function has made, or that was cut off. It is on neither way down: what is wrong with it keeps no mail from
 * being sent.
 */
export class Notifier extends pulumi.ComponentResource {
  constructor(name: string, args: NotifierArgs, options?: pulumi.ComponentResourceOptions) {
    super(componentType("api", "Notifier"), name, {}, options);
    const { bundle, logDays, pinTopics, place, topics } = args;
    const target = pulumi
      .all([incidentTarget(args), topics.alertsArn, topics.keyArn])
      .apply(
        ([read, alertsTopicArn, topicKeyArn]): NotifierTarget => ({ ...read, alertsTopicArn, topicKeyArn }),
      );
    const kept = keepingOf(args.incident.evidence).apply((keeping) =>
      evidenceStatements(keeping, { read: ["incidents/", "rollout/log/"], write: ["incidents/"] }),
    );
    const code = new ServiceFunction(
      name,
      {
        environment: place.environment,
        bundle,
        variables: target.apply(notifierVariables),
        statements: pulumi.all([target.apply(notifierStatements), kept]).apply((all) => all.flat()),
        logDays,
        timeoutSeconds,
      },
      { parent: this },
    );
    for (const [part, topic] of Object.entries({ [name]: topics, [`${name}-pin`]: pinTopics }))
      new RollbackTrigger(part, { topicArn: topic.alertsArn, alias: code.alias }, { parent: this });
    this.#sweeps(`${name}-schedule`, place, code.alias.arn);
    this.registerOutputs({});
  }

  /** Looks regularly for what a function that was killed has left in an outbox. */
  #sweeps(name: string, { environment }: Place, aliasArn: pulumi.Output<string>): void {
    const own = { parent: this };
    const roleInputs = {
      name: physicalName("role", environment, name),
      description: "Part Lens, the schedule that empties the outboxes of incidents",
      assumeRolePolicy: serviceTrust("scheduler.amazonaws.com"),
    };
    const role = new aws.iam.Role(name, roleInputs, own);
    const policy = aliasArn.apply((arn) =>
      policyDocument([{ Sid: "Run", Effect: "Allow", Action: "lambda:InvokeFunction", Resource: arn }]),
    );
    const permission = new aws.iam.RolePolicy(name, { name, role: role.name, policy }, own);
    const inputs = {
      name: physicalName("function", environment, name),
      description: "Part Lens: sends what was left in the outboxes of incidents",
      scheduleExpression: "rate(15 minutes)",
      flexibleTimeWindow: { mode: "OFF" },
      target: { arn: aliasArn, roleArn: role.arn, input: sortedJson({ sweepHours }) },
    };
    new aws.scheduler.Schedule(name, inputs, { ...own, dependsOn: [permission] });
  }
}
