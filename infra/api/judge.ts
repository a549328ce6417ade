import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { FlagStore } from "../../flags/flag-store.ts";
import type { JudgeVariables } from "../../monitoring/judge-function.ts";
import type { Topics } from "../../monitoring/topics.ts";
import { alarmPrefix, componentType, type Place, physicalName } from "../naming.ts";
import { policyDocument, serviceTrust } from "../policy.ts";
import type { EvidenceBucket } from "../storage/evidence-bucket.ts";
import type { Bundle } from "./bundle.ts";
import type { Checks } from "./checks.ts";
import { judgeStatements } from "./judge-permissions.ts";
import { ServiceFunction } from "./service-function.ts";

export interface JudgeArgs {
  /** Where it is, for physical names and ARNs. */
  readonly place: Place;
  /** The code. */
  readonly bundle: Bundle;
  readonly flags: FlagStore;
  /** Where the event log lies. */
  readonly evidence: EvidenceBucket;
  /** Who looks into the databases for it: it is outside the network. */
  readonly checks: Checks;
  /** Where it tells people that it has gone back. */
  readonly topics: Topics;
  /** Whether it looks every minute, or only when it is called. */
  readonly scheduled: boolean;
  /** Days its log is kept. */
  readonly logDays: number;
}

/** A rollback is followed until nobody is served by v2 any more, for three minutes at most. */
const timeoutSeconds = 240;

/** The judge: looks at the rollout every minute, and goes back where a check has failed. It raises nothing. */
export class Judge extends pulumi.ComponentResource {
  constructor(name: string, args: JudgeArgs, options?: pulumi.ComponentResourceOptions) {
    super(componentType("api", "Judge"), name, {}, options);
    const { place, bundle, logDays } = args;
    const { environment } = place;
    const variables: JudgeVariables = {
      STACK_ENVIRONMENT: environment,
      ALARM_PREFIX: alarmPrefix(environment),
    };
    const code = new ServiceFunction(
      name,
      // One at a time: a second look would see the same, and write it twice.
      {
        environment,
        bundle,
        variables,
        statements: statements(args),
        logDays,
        timeoutSeconds,
        concurrency: 1,
      },
      { parent: this },
    );
    if (args.scheduled) this.#everyMinute(name, environment, code);
    this.registerOutputs({});
  }

  /** Not tried again: the next minute's look is the retry. */
  #everyMinute(name: string, environment: string, { alias }: ServiceFunction): void {
    const own = { parent: this };
    const delivery = { functionName: alias.functionName, qualifier: alias.name, maximumRetryAttempts: 0 };
    new aws.lambda.FunctionEventInvokeConfig(name, { ...delivery, maximumEventAgeInSeconds: 60 }, own);
    const role = new aws.iam.Role(
      `${name}-schedule`,
      {
        name: physicalName("role", environment, name, "schedule"),
        description: `Part Lens, the schedule of ${name}`,
        assumeRolePolicy: serviceTrust("scheduler.amazonaws.com"),
      },
      own,
    );
    const policy = alias.arn.apply((arn) =>
      policyDocument([{ Sid: "Run", Effect: "Allow", Action: "lambda:InvokeFunction", Resource: arn }]),
    );
    const allowed = { name: `${name}-schedule`, role: role.name, policy };
    const permission = new aws.iam.RolePolicy(`${name}-schedule`, allowed, own);
    new aws.scheduler.Schedule(
      name,
      {
        name: physicalName("function", environment, name),
        description: "Part Lens: judges the rollout",
        scheduleExpression: "rate(1 minute)",
        flexibleTimeWindow: { mode: "OFF" },
        target: {
          arn: alias.arn,
          roleArn: role.arn,
          retryPolicy: { maximumRetryAttempts: 0, maximumEventAgeInSeconds: 60 },
        },
      },
      { parent: this, dependsOn: [permission] },
    );
  }
}

function statements({ place, flags, evidence, checks, topics }: JudgeArgs) {
  return pulumi
    .all([
      pulumi.output(flags.rollout),
      pulumi.output(flags.killSwitch),
      pulumi.output(flags.strategyIds),
      pulumi.all([evidence.bucketArn, evidence.encryptionKeyArn, checks.aliasArn] as const),
      pulumi.all([topics.alertsArn, topics.keyArn] as const),
    ])
    .apply(([rollout, killSwitch, ids, [bucketArn, encryptionKeyArn, checksAliasArn], topic]) =>
      judgeStatements({
        ...place,
        rollout,
        killSwitch,
        strategyIds: Object.values(ids).sort(),
        bucketArn,
        encryptionKeyArn,
        checksAliasArn,
        alertsTopicArn: topic[0],
        topicKeyArn: topic[1],
      }),
    );
}
