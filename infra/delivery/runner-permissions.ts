import { adminRole } from "../database/engine.ts";
import type { DatabaseRole } from "../database/roles.ts";
import { type DeliveryConfig, secretsKeyAlias, stateBucket } from "../delivery-config.ts";
import { type Place, physicalName } from "../naming.ts";
import type { Statement } from "../policy.ts";
import { denials } from "./runner-denials.ts";

/** What the runner reaches of its own, besides what an update does. */
export interface RunnerReach {
  readonly place: Place;
  readonly config: DeliveryConfig;
  readonly logGroupArn: string;
  readonly keyArn: string;
  readonly subnetArn: string;
  readonly clusters: readonly RunnerCluster[];
}

/** A cluster it signs in to as its admin. */
export interface RunnerCluster {
  /** The id that IAM knows it by. */
  readonly resourceId: string;
  readonly arn: string;
  readonly adminSecretArn: string | undefined;
}

export const runnerRole = "delivery";

/** What the build itself needs: its log, its place in the network, the code, Pulumi's state, the databases. */
export function runnerStatements(reach: RunnerReach): Statement[] {
  return [
    ...buildStatements(reach),
    {
      Sid: "Source",
      Effect: "Allow",
      Action: [
        "codeconnections:GetConnection",
        "codeconnections:GetConnectionToken",
        "codeconnections:UseConnection",
      ],
      Resource: reach.config.connectionArn,
    },
    ...stateStatements(reach),
    databaseAdmin(reach),
    ...firstSignIn(reach),
    ...denials(reach),
  ];
}

/** Source: AWS CodeBuild, "Use a VPC endpoint", "Allow CodeBuild access to AWS services required to create a VPC network interface". */
function buildStatements({ place, logGroupArn, keyArn, subnetArn }: RunnerReach): Statement[] {
  const { accountId, region } = place;
  return [
    {
      Sid: "OwnLog",
      Effect: "Allow",
      Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
      Resource: `${logGroupArn}:log-stream:*`,
    },
    {
      Sid: "OwnKey",
      Effect: "Allow",
      Action: ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey"],
      Resource: keyArn,
    },
    {
      Sid: "OwnInterfaces",
      Effect: "Allow",
      Action: ["ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface", "ec2:DescribeDhcpOptions"],
      Resource: "*",
    },
    {
      Sid: "InterfacesOfBuilds",
      Effect: "Allow",
      Action: "ec2:CreateNetworkInterfacePermission",
      Resource: `arn:aws:ec2:${region}:${accountId}:network-interface/*`,
      Condition: {
        StringEquals: { "ec2:AuthorizedService": "codebuild.amazonaws.com", "ec2:Subnet": subnetArn },
      },
    },
  ];
}

/** Pulumi's state in a bucket and the key of its secrets, or the access token of Pulumi Cloud. */
function stateStatements({ config, place }: RunnerReach): Statement[] {
  const bucket = stateBucket(config);
  const alias = secretsKeyAlias(config);
  const state: Statement[] = bucket
    ? [
        {
          Sid: "State",
          Effect: "Allow",
          Action: ["s3:GetBucketLocation", "s3:ListBucket"],
          Resource: `arn:aws:s3:::${bucket}`,
        },
        {
          Sid: "StateObjects",
          Effect: "Allow",
          Action: ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"],
          Resource: `arn:aws:s3:::${bucket}/*`,
        },
      ]
    : [];
  if (alias) state.push(stateSecrets(alias, place));
  if (config.accessTokenSecretArn)
    state.push({
      Sid: "AccessToken",
      Effect: "Allow",
      Action: "secretsmanager:GetSecretValue",
      Resource: config.accessTokenSecretArn,
    });
  return state;
}

/** A key is named by its alias in a condition only. */
function stateSecrets(alias: string, { accountId, region }: Place): Statement {
  return {
    Sid: "StateSecrets",
    Effect: "Allow",
    Action: ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey"],
    Resource: `arn:aws:kms:${region}:${accountId}:key/*`,
    Condition: { "ForAnyValue:StringEquals": { "kms:ResourceAliases": alias } },
  };
}

/** As the admin it makes databases, as the migrator it moves a tenant's rows. */
const signsInAs = [adminRole, "part_lens_migrator"] as const satisfies readonly (
  | DatabaseRole
  | typeof adminRole
)[];

function databaseAdmin({ place: { accountId, region }, clusters }: RunnerReach): Statement {
  const users = `arn:aws:rds-db:${region}:${accountId}:dbuser`;
  return {
    Sid: "DatabaseAdmin",
    Effect: "Allow",
    Action: "rds-db:connect",
    Resource: clusters.flatMap(({ resourceId }) => signsInAs.map((user) => `${users}:${resourceId}/${user}`)),
  };
}

/** The one statement that a new cluster takes by password: see `infra/update/admin-sign-in.ts`. */
function firstSignIn({ clusters }: RunnerReach): Statement[] {
  const secrets = clusters.flatMap(({ adminSecretArn }) => adminSecretArn ?? []);
  return [
    {
      Sid: "FirstSignIn",
      Effect: "Allow",
      Action: "rds-data:ExecuteStatement",
      Resource: clusters.map(({ arn }) => arn),
    },
    { Sid: "FirstPassword", Effect: "Allow", Action: "secretsmanager:GetSecretValue", Resource: secrets },
  ];
}

/** The ARN of the build project, for those that must name it before it exists. */
export function projectArn({ environment, accountId, region }: Place): string {
  const name = physicalName("buildProject", environment, runnerRole);
  return `arn:aws:codebuild:${region}:${accountId}:project/${name}`;
}
