import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { parameterPath } from "../../monitoring/rollout/projection.ts";
import { componentType, type Place, physicalName } from "../naming.ts";
import { policyDocument, sortedJson } from "../policy.ts";

export interface ReconcileTriggerArgs {
  /** Where it is, for physical names. */
  readonly place: Place;
  /** The build project that is started. */
  readonly projectArn: pulumi.Input<string>;
}

/**
 * Starts the delivery runner to reconcile as soon as a way down has written its record. An event says which parameter
 * changed and not to what: the build reads it, and does nothing where neither is locked. Events are best effort.
 * Source: AWS Systems Manager, "Setting up notifications or trigger actions based on Parameter Store events".
 */
export class ReconcileTrigger extends pulumi.ComponentResource {
  constructor(name: string, args: ReconcileTriggerArgs, options?: pulumi.ComponentResourceOptions) {
    super(componentType("delivery", "ReconcileTrigger"), name, {}, options);
    const { environment } = args.place;
    const role = this.#role(name, args);
    const rule = new aws.cloudwatch.EventRule(
      name,
      {
        name: physicalName("rule", environment, name),
        description: "A way down was taken: the stack follows",
        eventPattern: reconcilePattern(environment),
      },
      { parent: this },
    );
    new aws.cloudwatch.EventTarget(
      name,
      {
        rule: rule.name,
        arn: args.projectArn,
        roleArn: role.arn,
        input: reconcileInput,
        retryPolicy: { maximumEventAgeInSeconds: 86_400, maximumRetryAttempts: 185 },
      },
      { parent: this },
    );
    this.registerOutputs({});
  }

  #role(name: string, { place, projectArn }: ReconcileTriggerArgs): aws.iam.Role {
    const inputs = {
      name: physicalName("role", place.environment, name),
      description: "EventBridge starts the delivery runner",
      assumeRolePolicy: ruleTrust(place, name),
    };
    const role = new aws.iam.Role(name, inputs, { parent: this });
    const policy = pulumi
      .output(projectArn)
      .apply((arn) =>
        policyDocument([{ Sid: "Start", Effect: "Allow", Action: "codebuild:StartBuild", Resource: arn }]),
      );
    new aws.iam.RolePolicy(name, { name, role: role.name, policy }, { parent: this });
    return role;
  }
}

/** What a way down leaves: the rollback its lock, the pin its own record. */
function reconcilePattern(environment: string): string {
  const path = parameterPath(environment);
  return sortedJson({
    source: ["aws.ssm"],
    "detail-type": ["Parameter Store Change"],
    detail: { name: [`${path}lock`, `${path}pin`], operation: ["Create", "Update"] },
  });
}

/** What is said to StartBuild besides the project. */
const reconcileInput = sortedJson({
  environmentVariablesOverride: [{ name: "DELIVERY_MODE", value: "reconcile", type: "PLAINTEXT" }],
});

function ruleTrust({ environment, accountId, region }: Place, name: string): string {
  const rule = `arn:aws:events:${region}:${accountId}:rule/${physicalName("rule", environment, name)}`;
  return policyDocument([
    {
      Effect: "Allow",
      Principal: { Service: "events.amazonaws.com" },
      Action: "sts:AssumeRole",
      Condition: { StringEquals: { "aws:SourceAccount": accountId, "aws:SourceArn": rule } },
    },
  ]);
}
