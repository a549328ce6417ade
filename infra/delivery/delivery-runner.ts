import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { ClusterCoordinates } from "../database/cluster.ts";
import type { DeliveryConfig } from "../delivery-config.ts";
import { componentType, type Place, physicalName } from "../naming.ts";
import type { DeliveryPlace } from "../network/network.ts";
import { policyDocument } from "../policy.ts";
import { projectInputs } from "./build-project.ts";
import { reachStatements, updateReach } from "./reach.ts";
import { ReconcileTrigger } from "./reconcile-trigger.ts";
import { projectArn, type RunnerCluster, runnerRole, runnerStatements } from "./runner-permissions.ts";

export interface DeliveryRunnerArgs {
  /** Where it is, for physical names and ARNs. */
  readonly place: Place;
  /** Where it finds the code and Pulumi's state. */
  readonly config: DeliveryConfig;
  /** Where in the network it works: with a way to the databases and one to the internet. */
  readonly network: DeliveryPlace;
  /** The clusters it signs in to as their admin. */
  readonly clusters: readonly ClusterCoordinates[];
  /** Days its log is kept. */
  readonly logDays: number;
}

/**
 * The build project that updates the service and rollout layers from inside the network, where the databases are
 * reached, and that is started to reconcile them after a rollback. It never updates its own layer.
 */
export class DeliveryRunner extends pulumi.ComponentResource {
  readonly projectName: pulumi.Output<string>;

  constructor(name: string, args: DeliveryRunnerArgs, options?: pulumi.ComponentResourceOptions) {
    super(componentType("delivery", "DeliveryRunner"), name, {}, options);
    const key = this.#key(name, args);
    const log = this.#log(name, args, key);
    const role = this.#role(name, args);
    const permissions = this.#permissions(name, args, { key, log, role });
    const project = new aws.codebuild.Project(
      name,
      { ...projectInputs(args), encryptionKey: key.arn, serviceRole: role.arn, logsConfig: logsOf(log) },
      { parent: this, dependsOn: permissions },
    );
    new ReconcileTrigger("reconcile", { place: args.place, projectArn: project.arn }, { parent: this });

    this.projectName = project.name;
    this.registerOutputs({ projectName: this.projectName });
  }

  #key(name: string, { place }: DeliveryRunnerArgs): aws.kms.Key {
    const inputs = {
      description: "Part Lens, the delivery runner's log",
      enableKeyRotation: true,
      deletionWindowInDays: 30,
      policy: keyPolicy(place),
    };
    return new aws.kms.Key(name, inputs, { parent: this });
  }

  #log(name: string, { place, logDays }: DeliveryRunnerArgs, key: aws.kms.Key): aws.cloudwatch.LogGroup {
    const inputs = { name: logGroupName(place), retentionInDays: logDays, kmsKeyId: key.arn };
    return new aws.cloudwatch.LogGroup(name, inputs, { parent: this });
  }

  #role(name: string, { place }: DeliveryRunnerArgs): aws.iam.Role {
    const inputs = {
      name: physicalName("role", place.environment, runnerRole),
      description: "Part Lens, the delivery runner",
      assumeRolePolicy: runnerTrust(place),
    };
    return new aws.iam.Role(name, inputs, { parent: this });
  }

  #permissions(
    name: string,
    args: DeliveryRunnerArgs,
    made: { key: aws.kms.Key; log: aws.cloudwatch.LogGroup; role: aws.iam.Role },
  ): pulumi.Resource[] {
    const { place, config, network } = args;
    const { accountId, region } = place;
    const policy = pulumi
      .all([made.log.arn, made.key.arn, network.subnetId, clustersOf(args)])
      .apply(([logGroupArn, keyArn, subnetId, clusters]) => {
        const subnetArn = `arn:aws:ec2:${region}:${accountId}:subnet/${subnetId}`;
        const reach = { place, config, logGroupArn, keyArn, subnetArn, clusters };
        return policyDocument(runnerStatements(reach));
      });
    const own = new aws.iam.RolePolicy(name, { name, role: made.role.name, policy }, { parent: this });
    return [own, ...this.#update(name, place, made.role)];
  }

  /** What an update does at AWS: too long for the role itself. */
  #update(name: string, place: Place, role: aws.iam.Role): pulumi.Resource[] {
    return Object.entries(updateReach).map(([part, reach]) => {
      const inputs = {
        name: physicalName("role", place.environment, runnerRole, part),
        description: `Part Lens, what an update does: ${part}`,
        policy: policyDocument(reachStatements(place, reach)),
      };
      const policy = new aws.iam.Policy(`${name}-${part}`, inputs, { parent: this });
      const attachment = { role: role.name, policyArn: policy.arn };
      return new aws.iam.RolePolicyAttachment(`${name}-${part}`, attachment, { parent: this });
    });
  }
}

function clustersOf({ clusters }: DeliveryRunnerArgs): pulumi.Output<RunnerCluster[]> {
  const known = clusters.map(({ resourceId, arn, adminSecretArn }) =>
    pulumi
      .all([resourceId, arn, adminSecretArn])
      .apply(([id, itsArn, secret]) => ({ resourceId: id, arn: itsArn, adminSecretArn: secret })),
  );
  return pulumi.all(known);
}

function logsOf(log: aws.cloudwatch.LogGroup) {
  return { cloudwatchLogs: { status: "ENABLED", groupName: log.name }, s3Logs: { status: "DISABLED" } };
}

function logGroupName({ environment }: Place): string {
  return `/aws/codebuild/${physicalName("buildProject", environment, runnerRole)}`;
}

/** CodeBuild takes the role for this project's builds, and for no other's. */
function runnerTrust(place: Place): string {
  return policyDocument([
    {
      Effect: "Allow",
      Principal: { Service: "codebuild.amazonaws.com" },
      Action: "sts:AssumeRole",
      Condition: {
        StringEquals: { "aws:SourceAccount": place.accountId, "aws:SourceArn": projectArn(place) },
      },
    },
  ]);
}

/** The account decides who uses the key; CloudWatch Logs may, for this one log. */
function keyPolicy(place: Place): string {
  const { accountId, region } = place;
  const log = `arn:aws:logs:${region}:${accountId}:log-group:${logGroupName(place)}`;
  return policyDocument([
    {
      Sid: "Account",
      Effect: "Allow",
      Principal: { AWS: `arn:aws:iam::${accountId}:root` },
      Action: "kms:*",
      Resource: "*",
    },
    {
      Sid: "OwnLog",
      Effect: "Allow",
      Principal: { Service: `logs.${region}.amazonaws.com` },
      // Not DescribeKey, which AWS's example has: it knows no encryption context, and the condition never holds of it.
      Action: ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"],
      Resource: "*",
      Condition: { ArnEquals: { "kms:EncryptionContext:aws:logs:arn": log } },
    },
  ]);
}
