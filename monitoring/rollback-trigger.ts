import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { componentType } from "../infra/naming.ts";

export interface RollbackTriggerArgs {
  /** A topic that alarms which roll back publish to. */
  readonly topicArn: pulumi.Input<string>;
  /** The alias of the function that is a way down. */
  readonly alias: aws.lambda.Alias;
}

/** From an alarm to a way down, the rollback function or the pin: the topic calls it, and nothing else may. */
export class RollbackTrigger extends pulumi.ComponentResource {
  constructor(name: string, args: RollbackTriggerArgs, options?: pulumi.ComponentResourceOptions) {
    super(componentType("monitoring", "RollbackTrigger"), name, {}, options);
    const permission = new aws.lambda.Permission(
      name,
      {
        statementId: `${name}-topic`,
        action: "lambda:InvokeFunction",
        function: args.alias.functionName,
        qualifier: args.alias.name,
        principal: "sns.amazonaws.com",
        sourceArn: args.topicArn,
      },
      { parent: this },
    );
    const inputs = { topic: args.topicArn, protocol: "lambda", endpoint: args.alias.arn };
    new aws.sns.TopicSubscription(name, inputs, { parent: this, dependsOn: [permission] });
    this.registerOutputs({});
  }
}
