import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { alarmPrefix, componentType, type Place, physicalName } from "../infra/naming.ts";
import { policyDocument } from "../infra/policy.ts";
import type { Contact } from "./notifications.ts";

export interface TopicsArgs {
  /** Where it is, for physical names and for the policies that name the alarms. */
  readonly place: Place;
  /** Who is told, by their part. */
  readonly contacts: Readonly<Record<string, Contact>>;
}

/** Where alarms speak: one topic starts the rollback function, the other tells people. Both encrypted with one key. */
export class Topics extends pulumi.ComponentResource {
  readonly rollbackArn: pulumi.Output<string>;
  readonly alertsArn: pulumi.Output<string>;
  readonly keyArn: pulumi.Output<string>;

  constructor(name: string, args: TopicsArgs, options?: pulumi.ComponentResourceOptions) {
    super(componentType("monitoring", "Topics"), name, {}, options);
    // A key of our own: alarms cannot publish to a topic that is encrypted with Amazon's `alias/aws/sns`.
    const key = new aws.kms.Key(
      name,
      {
        description: "Part Lens, alarms on their way",
        enableKeyRotation: true,
        policy: topicKeyPolicy(args.place),
      },
      { parent: this },
    );
    this.keyArn = key.arn;
    this.rollbackArn = this.#topic("rollback", args);
    this.alertsArn = this.#topic("alerts", args);
    for (const [part, contact] of Object.entries(args.contacts)) {
      const inputs = { topic: this.alertsArn, ...subscriptionOf(contact) };
      new aws.sns.TopicSubscription(`alerts-${part}`, inputs, { parent: this });
    }
    this.registerOutputs({ rollbackArn: this.rollbackArn, alertsArn: this.alertsArn });
  }

  /** Where alarms of either effect go to. */
  get actions() {
    return { rollbackTopicArn: this.rollbackArn, alertsTopicArn: this.alertsArn };
  }

  #topic(part: string, args: TopicsArgs): pulumi.Output<string> {
    const inputs = { name: physicalName("topic", args.place.environment, part), kmsMasterKeyId: this.keyArn };
    const topic = new aws.sns.Topic(part, inputs, { parent: this });
    const policy = topic.arn.apply((arn) => topicPolicy(arn, args.place));
    new aws.sns.TopicPolicy(part, { arn: topic.arn, policy }, { parent: this });
    return topic.arn;
  }
}

/**
 * A contact's mail. Who hears only what is critical gets what says so of itself: the messages of the ways down. An
 * alarm that only alerts publishes by itself, without an attribute, and is a warning.
 */
export function subscriptionOf({ email, hears }: Contact) {
  const critical = hears.includes("warning")
    ? {}
    : { filterPolicy: JSON.stringify({ severity: ["critical"] }) };
  return { protocol: "email", endpoint: email, ...critical };
}

/** Only alarms of this environment publish, and the account's own roles by their own policies. */
export function topicPolicy(topicArn: string, place: Place): string {
  return policyDocument([
    {
      Sid: "OurAlarms",
      Effect: "Allow",
      Principal: { Service: "cloudwatch.amazonaws.com" },
      Action: "sns:Publish",
      Resource: topicArn,
      Condition: {
        ArnLike: { "aws:SourceArn": alarmArns(place) },
        StringEquals: { "aws:SourceAccount": place.accountId },
      },
    },
    {
      Sid: "TlsOnly",
      Effect: "Deny",
      Principal: "*",
      Action: "sns:Publish",
      Resource: topicArn,
      Condition: { Bool: { "aws:SecureTransport": "false" } },
    },
  ]);
}

/** The account decides who else uses the key; CloudWatch may, to publish for this account's alarms. */
export function topicKeyPolicy(place: Place): string {
  return policyDocument([
    {
      Sid: "Account",
      Effect: "Allow",
      Principal: { AWS: `arn:aws:iam::${place.accountId}:root` },
      // In a key's own policy "*" is this key, and without this statement nobody could ever change the policy.
      Action: "kms:*",
      Resource: "*",
    },
    {
      Sid: "OurAlarms",
      Effect: "Allow",
      Principal: { Service: "cloudwatch.amazonaws.com" },
      Action: ["kms:Decrypt", "kms:GenerateDataKey"],
      Resource: "*",
      Condition: { StringEquals: { "aws:SourceAccount": place.accountId } },
    },
  ]);
}

function alarmArns({ environment, accountId, region }: Place): string {
  return `arn:aws:cloudwatch:${region}:${accountId}:alarm:${alarmPrefix(environment)}*`;
}
