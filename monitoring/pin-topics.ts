import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { componentType, physicalName } from "../infra/naming.ts";
import { subscriptionOf, type TopicsArgs, topicKeyPolicy, topicPolicy } from "./topics.ts";

/**
 * What the pin hears of and speaks through: two topics with a key of their own. The kill switch's topics and key are
 * others: whatever is wrong with those, an alarm still reaches the pin and the pin still reaches people.
 */
export class PinTopics extends pulumi.ComponentResource {
  /** Alarms that roll back publish here too. */
  readonly pinArn: pulumi.Output<string>;
  /** Where people hear that the pin has acted. */
  readonly alertsArn: pulumi.Output<string>;
  readonly keyArn: pulumi.Output<string>;

  constructor(name: string, args: TopicsArgs, options?: pulumi.ComponentResourceOptions) {
    super(componentType("monitoring", "PinTopics"), name, {}, options);
    const inputs = {
      description: "Part Lens, alarms on their way to the pin",
      enableKeyRotation: true,
      policy: topicKeyPolicy(args.place),
    };
    this.keyArn = new aws.kms.Key(name, inputs, { parent: this }).arn;
    this.pinArn = this.#topic("pin", args);
    this.alertsArn = this.#topic("pin-alerts", args);
    for (const [part, contact] of Object.entries(args.contacts)) {
      const subscription = { topic: this.alertsArn, ...subscriptionOf(contact) };
      new aws.sns.TopicSubscription(`pin-alerts-${part}`, subscription, { parent: this });
    }
    this.registerOutputs({ pinArn: this.pinArn, alertsArn: this.alertsArn });
  }

  #topic(part: string, { place }: TopicsArgs): pulumi.Output<string> {
    const inputs = { name: physicalName("topic", place.environment, part), kmsMasterKeyId: this.keyArn };
    const topic = new aws.sns.Topic(part, inputs, { parent: this });
    const policy = topic.arn.apply((arn) => topicPolicy(arn, place));
    new aws.sns.TopicPolicy(part, { arn: topic.arn, policy }, { parent: this });
    return topic.arn;
  }
}
