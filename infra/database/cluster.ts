import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { componentType, type Place, physicalName } from "../naming.ts";
import { ClusterProxy, type ProxyCoordinates } from "./cluster-proxy.ts";
import {
  adminRole,
  engineMajor,
  engineVersion,
  maxConnections,
  slowStatementMilliseconds,
  statementParameters,
} from "./engine.ts";

export interface ClusterArgs {
  /** Where it is, for physical names and ARNs. */
  readonly place: Place;
  /** The private subnets its instances are spread over. */
  readonly subnetIds: pulumi.Input<pulumi.Input<string>[]>;
  /** The group that lets functions in, and nobody else. */
  readonly securityGroupId: pulumi.Input<string>;
  /** The least and most Aurora capacity units of an instance. */
  readonly minCapacity: number;
  readonly maxCapacity: number;
  /** One writer, the others readers to fail over to. */
  readonly instances: number;
  /** Days that backups are kept. */
  readonly backupDays: number;
  /** Days that PostgreSQL's log is kept. */
  readonly logDays: number;
  /** The group of a proxy in front of it, for the API. Default: no proxy. */
  readonly proxySecurityGroupId?: pulumi.Input<string> | undefined;
  /** Refuses deletion, by AWS and by Pulumi. Default true. */
  readonly protect?: boolean;
}

/** What the service layer needs to know of a cluster. */
export interface ClusterCoordinates {
  readonly host: pulumi.Output<string>;
  readonly port: pulumi.Output<number>;
  /** The id that IAM permissions to connect are written with. */
  readonly resourceId: pulumi.Output<string>;
  readonly arn: pulumi.Output<string>;
  /** The secret of its admin's first password, of no more use once the admin signs in by IAM. Not on one machine. */
  readonly adminSecretArn: pulumi.Output<string | undefined>;
  readonly maxConnections: number;
  /** In front of it, when it has one. */
  readonly proxy?: ProxyCoordinates;
}

/** An Aurora PostgreSQL cluster: encrypted, TLS only, IAM authentication, backed up, kept when deleted by mistake. */
export class Cluster extends pulumi.ComponentResource {
  readonly coordinates: ClusterCoordinates;

  constructor(name: string, args: ClusterArgs, options?: pulumi.ComponentResourceOptions) {
    super(componentType("database", "Cluster"), name, {}, options);
    const key = new aws.kms.Key(`${name}-data`, keyInputs(name), {
      parent: this,
      protect: args.protect ?? true,
    });
    const subnets = new aws.rds.SubnetGroup(`${name}-private`, subnetInputs(name, args), { parent: this });
    const parameters = new aws.rds.ClusterParameterGroup(name, parameterInputs(name, args), { parent: this });
    const log = new aws.cloudwatch.LogGroup(`${name}-postgresql`, logInputs(name, args), { parent: this });
    const cluster = new aws.rds.Cluster(
      name,
      {
        ...clusterInputs(name, args),
        dbClusterParameterGroupName: parameters.name,
        dbSubnetGroupName: subnets.name,
        kmsKeyId: key.arn,
        performanceInsightsKmsKeyId: key.arn,
        vpcSecurityGroupIds: [args.securityGroupId],
      },
      // RDS makes the log group itself where there is none, and then keeps it for ever.
      { parent: this, protect: args.protect ?? true, dependsOn: [log] },
    );
    const instances = this.#instances(name, args, cluster);
    const proxy = this.#proxy(name, args, cluster, instances);

    this.coordinates = {
      host: cluster.endpoint,
      port: cluster.port,
      resourceId: cluster.clusterResourceId,
      arn: cluster.arn,
      adminSecretArn: cluster.masterUserSecrets.apply(([secret]) => secret?.secretArn),
      maxConnections: maxConnections(args.minCapacity, args.maxCapacity),
      ...(proxy && { proxy: proxy.coordinates }),
    };
    this.registerOutputs({ coordinates: this.coordinates });
  }

  #instances(name: string, args: ClusterArgs, cluster: aws.rds.Cluster): aws.rds.ClusterInstance[] {
    return Array.from({ length: args.instances }, (_, index) => {
      const number = index + 1;
      const inputs = {
        clusterIdentifier: cluster.clusterIdentifier,
        identifier: physicalName("cluster", args.place.environment, name, String(number)),
        engine: aws.rds.EngineType.AuroraPostgresql,
        engineVersion,
        instanceClass: "db.serverless",
        publiclyAccessible: false,
        autoMinorVersionUpgrade: false,
        caCertIdentifier: "rds-ca-rsa2048-g1",
      };
      return new aws.rds.ClusterInstance(`${name}-${number}`, inputs, { parent: this });
    });
  }

  /** Once there is an instance that it can look at. */
  #proxy(
    name: string,
    args: ClusterArgs,
    cluster: aws.rds.Cluster,
    instances: pulumi.Resource[],
  ): ClusterProxy | undefined {
    const { logDays, place, proxySecurityGroupId: securityGroupId, subnetIds } = args;
    if (!securityGroupId) return undefined;
    const { clusterIdentifier, clusterResourceId } = cluster;
    const target = { clusterIdentifier, clusterResourceId, securityGroupId, subnetIds };
    return new ClusterProxy(name, { place, logDays, ...target }, { parent: this, dependsOn: instances });
  }
}

/**
 * Parameters of every cluster: no connection without TLS 1.2, slow statements logged without the values they were
 * called with (a sealed secret may be one), an idle session ended, statements counted by what they cost.
 */
export const clusterParameters = {
  "rds.force_ssl": "1",
  ssl_min_protocol_version: "TLSv1.2",
  log_min_duration_statement: String(slowStatementMilliseconds),
  log_parameter_max_length: "0",
  idle_session_timeout: "600000",
  ...statementParameters,
} as const satisfies Record<string, string>;

/** What PostgreSQL reads when it starts, and not again. */
const readAtStart: ReadonlySet<string> = new Set(["shared_preload_libraries"]);

function clusterInputs(name: string, args: ClusterArgs): aws.rds.ClusterArgs {
  const identifier = physicalName("cluster", args.place.environment, name);
  return {
    clusterIdentifier: identifier,
    engine: aws.rds.EngineType.AuroraPostgresql,
    engineMode: aws.rds.EngineMode.Provisioned,
    engineVersion,
    serverlessv2ScalingConfiguration: { minCapacity: args.minCapacity, maxCapacity: args.maxCapacity },
    masterUsername: adminRole,
    // RDS makes and rotates the password: it is in no state file.
    manageMasterUserPassword: true,
    iamDatabaseAuthenticationEnabled: true,
    // The first statement of a new cluster, `grant rds_iam to part_lens_admin`, is sent through the Data API.
    enableHttpEndpoint: true,
    storageEncrypted: true,
    backupRetentionPeriod: args.backupDays,
    preferredBackupWindow: "02:00-03:00",
    preferredMaintenanceWindow: "sun:03:30-sun:04:30",
    copyTagsToSnapshot: true,
    deletionProtection: args.protect ?? true,
    skipFinalSnapshot: false,
    finalSnapshotIdentifier: `${identifier}-final`,
    enabledCloudwatchLogsExports: ["postgresql"],
    databaseInsightsMode: "standard",
    performanceInsightsEnabled: true,
    performanceInsightsRetentionPeriod: 7,
  };
}

function parameterInputs(name: string, args: ClusterArgs): aws.rds.ClusterParameterGroupArgs {
  return {
    name: physicalName("parameterGroup", args.place.environment, name),
    family: `aurora-postgresql${engineMajor}`,
    description: `Part Lens, cluster ${name}`,
    parameters: Object.entries(clusterParameters).map(([parameter, value]) => ({
      name: parameter,
      value,
      applyMethod: readAtStart.has(parameter) ? "pending-reboot" : "immediate",
    })),
  };
}

/** By the name that RDS writes to. */
function logInputs(name: string, args: ClusterArgs): aws.cloudwatch.LogGroupArgs {
  const identifier = physicalName("cluster", args.place.environment, name);
  return { name: `/aws/rds/cluster/${identifier}/postgresql`, retentionInDays: args.logDays };
}

function subnetInputs(name: string, args: ClusterArgs): aws.rds.SubnetGroupArgs {
  return {
    name: physicalName("subnetGroup", args.place.environment, name),
    description: `Part Lens, cluster ${name}`,
    subnetIds: args.subnetIds,
  };
}

function keyInputs(name: string): aws.kms.KeyArgs {
  return {
    description: `Part Lens, data of cluster ${name}`,
    enableKeyRotation: true,
    deletionWindowInDays: 30,
  };
}
