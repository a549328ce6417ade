import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { componentType, type Place, physicalName } from "../naming.ts";
import { policyDocument } from "../policy.ts";
import { proxyConnectionsPercent } from "./engine.ts";

export interface ClusterProxyArgs {
  /** Where it is, for physical names and ARNs. */
  readonly place: Place;
  /** The cluster it is in front of, and the id that IAM permissions to connect are written with. */
  readonly clusterIdentifier: pulumi.Input<string>;
  readonly clusterResourceId: pulumi.Input<string>;
  /** The private subnets it has an address in. */
  readonly subnetIds: pulumi.Input<pulumi.Input<string>[]>;
  /** A group of its own, which reaches the databases and is reached by functions. */
  readonly securityGroupId: pulumi.Input<string>;
  /** Days its log is kept. */
  readonly logDays: number;
}

/** What the service layer needs to know of a proxy. */
export interface ProxyCoordinates {
  readonly host: pulumi.Output<string>;
  /** The id that IAM permissions to connect are written with. */
  readonly resourceId: pulumi.Output<string>;
}

/** Seconds a request waits for a connection: less than the handler's deadline, which answers then. */
const borrowSeconds = 2;

/**
 * An RDS Proxy before a cluster: functions share the cluster's connections, one transaction at a time. IAM on both sides
 * and TLS only, so there is no password anywhere. Nothing of ours holds a session: the scope of a request is set for its
 * transaction, inside a function, and named statements of the extended protocol are multiplexed.
 * Source: Amazon RDS, "Avoiding pinning an RDS Proxy", "end-to-end IAM authentication". Not run against AWS yet.
 */
export class ClusterProxy extends pulumi.ComponentResource {
  readonly coordinates: ProxyCoordinates;

  constructor(name: string, args: ClusterProxyArgs, options?: pulumi.ComponentResourceOptions) {
    super(componentType("database", "ClusterProxy"), name, {}, options);
    const proxyName = physicalName("cluster", args.place.environment, name);
    const log = new aws.cloudwatch.LogGroup(
      `${name}-proxy`,
      // By the name that RDS writes to: one that RDS makes itself has no retention.
      { name: `/aws/rds/proxy/${proxyName}`, retentionInDays: args.logDays },
      { parent: this },
    );
    const role = this.#role(name, args);
    const inputs = { ...proxyInputs(proxyName, args), roleArn: role.arn };
    const proxy = new aws.rds.Proxy(name, inputs, { parent: this, dependsOn: [log] });
    this.#target(name, proxy, args);

    this.coordinates = { host: proxy.endpoint, resourceId: proxy.arn.apply(proxyResourceId) };
    this.registerOutputs({ coordinates: this.coordinates });
  }

  #role(name: string, { place, clusterResourceId }: ClusterProxyArgs): aws.iam.Role {
    const inputs = {
      name: physicalName("role", place.environment, name, "proxy"),
      description: `Part Lens, the proxy of cluster ${name}`,
      assumeRolePolicy: policyDocument([
        {
          Effect: "Allow",
          Principal: { Service: "rds.amazonaws.com" },
          Action: "sts:AssumeRole",
          Condition: { StringEquals: { "aws:SourceAccount": place.accountId } },
        },
      ]),
    };
    const role = new aws.iam.Role(`${name}-proxy`, inputs, { parent: this });
    const policy = pulumi.output(clusterResourceId).apply((id) => signInPolicy(place, id));
    new aws.iam.RolePolicy(`${name}-proxy`, { name: "sign-in", role: role.name, policy }, { parent: this });
    return role;
  }

  #target(name: string, proxy: aws.rds.Proxy, { clusterIdentifier }: ClusterProxyArgs): void {
    const group = new aws.rds.ProxyDefaultTargetGroup(
      name,
      {
        dbProxyName: proxy.name,
        connectionPoolConfig: {
          maxConnectionsPercent: proxyConnectionsPercent,
          maxIdleConnectionsPercent: 50,
          connectionBorrowTimeout: borrowSeconds,
        },
      },
      { parent: this },
    );
    const inputs = {
      dbProxyName: proxy.name,
      targetGroupName: group.name,
      dbClusterIdentifier: clusterIdentifier,
    };
    new aws.rds.ProxyTarget(name, inputs, { parent: this });
  }
}

function proxyInputs(name: string, args: ClusterProxyArgs) {
  return {
    name,
    engineFamily: "POSTGRESQL",
    // The proxy signs in to the cluster as whoever has signed in to it, by IAM.
    defaultAuthScheme: "IAM_AUTH",
    requireTls: true,
    idleClientTimeout: 900,
    // It would log the text of every statement.
    debugLogging: false,
    vpcSubnetIds: args.subnetIds,
    vpcSecurityGroupIds: [args.securityGroupId],
  };
}

/** The API, and nobody else, is signed in to the cluster through a proxy. */
function signInPolicy({ accountId, region }: Place, clusterResourceId: string): string {
  const user = `arn:aws:rds-db:${region}:${accountId}:dbuser:${clusterResourceId}/part_lens_api`;
  return policyDocument([
    { Sid: "DatabaseSignIn", Effect: "Allow", Action: "rds-db:connect", Resource: user },
  ]);
}

/** The id at the end of a proxy's ARN. Source: Amazon RDS, "Connecting to a database using IAM authentication". */
function proxyResourceId(arn: string): string {
  return /:db-proxy:(prx-\w+)$/.exec(arn)?.[1] ?? arn;
}
