import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { componentType, physicalName } from "../naming.ts";
import { policyDocument, type Statement, serviceTrust } from "../policy.ts";
import { type Bundle, handler } from "./bundle.ts";

/** The subnets and groups of a function that works inside the network. */
export interface Placement {
  readonly subnetIds: pulumi.Input<pulumi.Input<string>[]>;
  readonly securityGroupIds: pulumi.Input<string>[];
}

export interface ServiceFunctionArgs {
  /** The environment, for physical names. */
  readonly environment: string;
  /** The code. */
  readonly bundle: Bundle;
  /** What of it Lambda calls. Default `index.handler`. */
  readonly handler?: string;
  /** The variables the code reads; no secret is among them. */
  readonly variables: pulumi.Input<Readonly<Record<string, pulumi.Input<string>>>>;
  /** What it may do besides writing its own log. */
  readonly statements: pulumi.Input<readonly Statement[]>;
  /** Days its log is kept. */
  readonly logDays: number;
  /** Seconds until Lambda ends it. */
  readonly timeoutSeconds: number;
  /** Megabytes; the share of a processor grows with it. Default 512. */
  readonly memory?: number;
  /** How many run at once: held free for it, and never exceeded. Default: no limit of its own. */
  readonly concurrency?: number;
  /** Whether X-Ray follows its requests. Default false: only those that a caller traces already. */
  readonly tracing?: boolean;
  /** Left out: it runs outside the network. */
  readonly placement?: Placement;
  /** The alias `live` moves to a new version only when these are done. */
  readonly after?: readonly pulumi.Resource[];
  /** The number of a version published before, which serves instead of this one. Default: the one published now. */
  readonly serves?: pulumi.Output<number | undefined>;
}

/** A function with its log, its role and a published version behind the alias `live`. */
export class ServiceFunction extends pulumi.ComponentResource {
  readonly functionName: pulumi.Output<string>;
  readonly arn: pulumi.Output<string>;
  readonly roleArn: pulumi.Output<string>;
  /** The number of the version that was published last. */
  readonly version: pulumi.Output<string>;
  /** The number of the version that serves. */
  readonly served: pulumi.Output<string>;
  readonly alias: aws.lambda.Alias;

  constructor(name: string, args: ServiceFunctionArgs, options?: pulumi.ComponentResourceOptions) {
    super(componentType("api", "ServiceFunction"), name, {}, options);
    const functionName = physicalName("function", args.environment, name);
    const log = new aws.cloudwatch.LogGroup(
      name,
      { name: `/aws/lambda/${functionName}`, retentionInDays: args.logDays },
      { parent: this },
    );
    const role = this.#role(name, args);
    const permissions = this.#permissions(name, args, role, log);
    const code = new aws.lambda.Function(
      name,
      {
        ...functionInputs(functionName, args),
        role: role.arn,
        loggingConfig: { logFormat: "Text", logGroup: log.name },
      },
      { parent: this, dependsOn: permissions },
    );
    this.functionName = code.name;
    this.arn = code.arn;
    this.roleArn = role.arn;
    this.version = code.version;
    this.served = pulumi
      .all([code.version, args.serves])
      .apply(([published, chosen]) => (chosen === undefined ? published : `${chosen}`));
    this.alias = new aws.lambda.Alias(
      name,
      { name: "live", functionName: code.name, functionVersion: this.served },
      { parent: this, dependsOn: [...(args.after ?? [])] },
    );
    this.registerOutputs({ functionName: this.functionName, arn: this.arn, version: this.version });
  }

  #role(name: string, args: ServiceFunctionArgs): aws.iam.Role {
    const inputs = {
      name: physicalName("role", args.environment, name),
      description: `Part Lens, function ${name}`,
      assumeRolePolicy: serviceTrust("lambda.amazonaws.com"),
    };
    return new aws.iam.Role(name, inputs, { parent: this });
  }

  #permissions(
    name: string,
    args: ServiceFunctionArgs,
    role: aws.iam.Role,
    log: aws.cloudwatch.LogGroup,
  ): pulumi.Resource[] {
    const policy = pulumi
      .all([args.statements, log.arn])
      .apply(([statements, logArn]) =>
        policyDocument([ownLog(logArn), ...(args.tracing ? [traces] : []), ...statements]),
      );
    const own = new aws.iam.RolePolicy(name, { name, role: role.name, policy }, { parent: this });
    if (!args.placement) return [own];
    // Lambda's network interfaces: AWS lets this be granted on all of EC2 only, so its own policy says it.
    const network = {
      role: role.name,
      policyArn: "arn:aws:iam::aws:policy/service-role/AWSLambdaENIManagementAccess",
    };
    return [own, new aws.iam.RolePolicyAttachment(`${name}-network`, network, { parent: this })];
  }
}

/** What Lambda sends of a function that X-Ray follows. AWS lets neither action be granted on less than everything. */
const traces: Statement = {
  Sid: "Traces",
  Effect: "Allow",
  Action: ["xray:PutTelemetryRecords", "xray:PutTraceSegments"],
  Resource: "*",
};

/** Writing to its own log, and making nothing: the log group is there already. */
export function ownLog(logGroupArn: string): Statement {
  return {
    Sid: "OwnLog",
    Effect: "Allow",
    Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
    Resource: `${logGroupArn}:log-stream:*`,
  };
}

function functionInputs(functionName: string, args: ServiceFunctionArgs) {
  return {
    name: functionName,
    runtime: "nodejs24.x",
    architectures: ["arm64"],
    handler: args.handler ?? handler,
    code: args.bundle.archive,
    publish: true,
    timeout: args.timeoutSeconds,
    memorySize: args.memory ?? 512,
    environment: { variables: args.variables },
    tracingConfig: { mode: args.tracing ? "Active" : "PassThrough" },
    ...(args.concurrency === undefined ? {} : { reservedConcurrentExecutions: args.concurrency }),
    ...(args.placement && { vpcConfig: args.placement }),
  };
}
