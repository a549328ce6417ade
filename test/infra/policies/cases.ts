/** For each rule one graph that keeps it and one that breaks it; the first resource of a graph is the one asked about. */
import type { Surroundings } from "../../../infra/policies/rule.ts";
import type { PlannedResource } from "../../../infra/preview/graph.ts";
import { connectionCases, moreConnectionViolations } from "./connection-cases.ts";
import { grantCases, moreGrantViolations } from "./grant-cases.ts";
import { output, policy, resource } from "./graph.ts";

export interface Case {
  readonly compliant: readonly PlannedResource[];
  readonly violating: readonly PlannedResource[];
  /** Where the violation is. */
  readonly property: string;
  readonly around?: Partial<Surroundings>;
  /** What is around the violating one instead. */
  readonly aroundViolating?: Partial<Surroundings>;
}

const bucketType = "aws:s3/bucket:Bucket";
const topicType = "aws:sns/topic:Topic";
const keyType = "aws:kms/key:Key";
const alarmType = "aws:cloudwatch/metricAlarm:MetricAlarm";
const clusterType = "aws:rds/cluster:Cluster";
const groupType = "aws:rds/clusterParameterGroup:ClusterParameterGroup";
const appConfigType = "aws:appconfig/environment:Environment";
const functionType = "aws:lambda/function:Function";

const bucket = resource(bucketType, { bucket: "photos" });
const block = (restrictPublicBuckets: boolean) =>
  resource("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", {
    bucket: "photos",
    blockPublicAcls: true,
    blockPublicPolicy: true,
    ignorePublicAcls: true,
    restrictPublicBuckets,
  });
const encryption = (by: object) =>
  resource("aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration", {
    bucket: output(bucketType, "bucket"),
    rules: [{ applyServerSideEncryptionByDefault: by }],
  });
const bucketPolicy = (...statements: object[]) =>
  resource("aws:s3/bucketPolicy:BucketPolicy", { bucket: "photos", policy: policy(...statements) });
const noTls = (Action: string, Principal: unknown = "*") => ({
  Effect: "Deny",
  Principal,
  Action,
  Resource: "*",
  Condition: { Bool: { "aws:SecureTransport": "false" } },
});

const evidence = (inputs: object = { objectLockEnabled: true }) =>
  resource(bucketType, { bucket: "part-lens-prod-evidence-1", ...inputs });
const lock = (defaultRetention?: object) =>
  resource("aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration", {
    bucket: output(bucketType, "bucket"),
    rule: { defaultRetention },
  });

const distributionType = "aws:cloudfront/distribution:Distribution";
const apiType = "aws:apigatewayv2/api:Api";
const originKeyType = "aws:apigateway/apiKey:ApiKey";
const secureOrigin = {
  customOriginConfig: { originProtocolPolicy: "https-only", originSslProtocols: ["TLSv1.2"] },
};
const distribution = (inputs: object = {}) =>
  resource(distributionType, {
    defaultCacheBehavior: { viewerProtocolPolicy: "https-only" },
    viewerCertificate: { minimumProtocolVersion: "TLSv1.2_2021" },
    origins: [secureOrigin],
    ...inputs,
  });
const webAcl = (rule: object) => resource("aws:wafv2/webAcl:WebAcl", { rules: [rule] });
const rateLimit = { action: { block: {} }, statement: { rateBasedStatement: { limit: 100 } } };
const behindCloudFront = (customHeaders: object[]) =>
  distribution({ origins: [{ domainName: output(apiType, "apiEndpoint"), customHeaders }] });
const originKey = { name: "x-key", value: output(originKeyType, "value") };
const asking = (variables: object) => resource(functionType, { environment: { variables } });

const rolePolicy = (statement: object) =>
  resource("aws:iam/rolePolicy:RolePolicy", { policy: policy(statement) }, { name: "api" });
const ingress = (rule: object) =>
  resource("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", { ...rule });

const topic = resource(topicType, { name: "alerts", kmsMasterKeyId: output(keyType, "arn") });
const topicPolicy = (...statements: object[]) =>
  resource("aws:sns/topicPolicy:TopicPolicy", {
    arn: output(topicType, "arn"),
    policy: policy(...statements),
  });
const fromOurAlarms = (pattern: string) => ({
  Effect: "Allow",
  Principal: { Service: "cloudwatch.amazonaws.com" },
  Action: "sns:Publish",
  Resource: output(topicType, "arn"),
  Condition: {
    ArnLike: { "aws:SourceArn": pattern },
    StringEquals: { "aws:SourceAccount": "111111111111" },
  },
});
const key = (...Action: string[]) =>
  resource(keyType, {
    enableKeyRotation: true,
    policy: policy({
      Effect: "Allow",
      Principal: { Service: "cloudwatch.amazonaws.com" },
      Action,
      Resource: "*",
    }),
  });
const alarm = resource(alarmType, {
  name: "part-lens-dev-serverErrors",
  treatMissingData: "notBreaching",
  alarmActions: [output(topicType, "arn")],
});
const partAlarm = resource(alarmType, { name: "part", alarmActions: [] });
const compositeOf = (alarmRule: string) =>
  resource("aws:cloudwatch/compositeAlarm:CompositeAlarm", { ...alarm.inputs, alarmRule });
const ourAlarms = "arn:aws:cloudwatch:eu-west-1:111111111111:alarm:part-lens-dev-*";
const monitors = (count: number) =>
  Array.from({ length: count }, () => ({ alarmArn: output(alarmType, "arn") }));

const cluster = (inputs: object, protect = true) =>
  resource(
    clusterType,
    { storageEncrypted: true, kmsKeyId: "k", skipFinalSnapshot: false, deletionProtection: true, ...inputs },
    { protect },
  );
const parameters = (value: string) =>
  resource(groupType, { name: "ours", parameters: [{ name: "rds.force_ssl", value }] });

const provider = (tags: object) =>
  resource("pulumi:providers:aws", { defaultTags: JSON.stringify({ tags }) }, { name: "aws" });
const ofProvider = resource(topicType, {}, { provider: "pulumi:providers:aws::aws" });
const tags = { Environment: "dev", Layer: "service", ManagedBy: "pulumi", Project: "part-lens" };

const logGroup = resource("aws:cloudwatch/logGroup:LogGroup", { name: "own" });
const build = (inputs: object, environmentVariables: object[] = []) =>
  resource("aws:codebuild/project:Project", {
    environment: { privilegedMode: false, environmentVariables },
    vpcConfig: { vpcId: "vpc-1" },
    logsConfig: { cloudwatchLogs: { groupName: "own" } },
    ...inputs,
  });
const host = (inputs: object) =>
  resource("aws:ec2/instance:Instance", {
    associatePublicIpAddress: false,
    rootBlockDevice: { encrypted: true },
    metadataOptions: { httpTokens: "required" },
    ...inputs,
  });
const subnetType = "aws:ec2/subnet:Subnet";
const tableType = "aws:ec2/routeTable:RouteTable";
const gatewayType = "aws:ec2/internetGateway:InternetGateway";
/** A subnet whose route table leads to the internet, and who is in it. */
const publicSubnet = (...inside: PlannedResource[]) => [
  resource(subnetType, {}),
  resource(tableType, {}),
  resource(gatewayType, {}),
  resource("aws:ec2/route:Route", {
    routeTableId: output(tableType, "id"),
    gatewayId: output(gatewayType, "id"),
  }),
  resource("aws:ec2/routeTableAssociation:RouteTableAssociation", {
    routeTableId: output(tableType, "id"),
    subnetId: output(subnetType, "id"),
  }),
  ...inside,
];
const nat = resource("aws:ec2/natGateway:NatGateway", { subnetId: output(subnetType, "id") });

export const cases: Readonly<Record<string, Case>> = {
  "no-public-bucket": {
    compliant: [bucket, block(true)],
    violating: [bucket, block(false)],
    property: "restrictPublicBuckets",
  },
  "no-public-policy": {
    compliant: [bucketPolicy(noTls("s3:*"))],
    violating: [
      bucketPolicy({ Effect: "Allow", Principal: { AWS: "*" }, Action: "s3:GetObject", Resource: "x" }),
    ],
    property: "policy.Statement[0].Principal",
  },
  "no-unexplained-wildcard": {
    compliant: [
      rolePolicy({ Sid: "OwnLog", Effect: "Allow", Action: "logs:PutLogEvents", Resource: "arn:x:*" }),
    ],
    violating: [rolePolicy({ Sid: "Everything", Effect: "Allow", Action: "s3:*", Resource: "arn:x" })],
    property: "policy.Statement[0].Action",
  },
  "no-open-ingress": {
    compliant: [ingress({ referencedSecurityGroupId: "sg-1" })],
    violating: [ingress({ cidrIpv4: "0.0.0.0/0" })],
    property: "cidrIpv4",
  },
  "database-not-public": {
    compliant: [resource("aws:rds/clusterInstance:ClusterInstance", { publiclyAccessible: false })],
    violating: [resource("aws:rds/clusterInstance:ClusterInstance", {})],
    property: "publiclyAccessible",
  },
  "encrypted-bucket": {
    compliant: [bucket, encryption({ sseAlgorithm: "aws:kms", kmsMasterKeyId: "arn:key" })],
    violating: [bucket, encryption({ sseAlgorithm: "AES256" })],
    property: "rules",
  },
  "encrypted-cluster": {
    compliant: [cluster({})],
    violating: [cluster({ storageEncrypted: false })],
    property: "storageEncrypted",
  },
  "encrypted-topic": {
    compliant: [topic],
    violating: [resource(topicType, { kmsMasterKeyId: "alias/aws/sns" })],
    property: "kmsMasterKeyId",
  },
  "key-rotated": {
    compliant: [key("kms:Decrypt")],
    violating: [resource(keyType, { description: "Never rotated" })],
    property: "enableKeyRotation",
  },
  "locked-evidence": {
    compliant: [evidence(), lock({ mode: "COMPLIANCE", days: 400 })],
    violating: [evidence(), lock()],
    property: "rule.defaultRetention",
  },
  "tls-only-edge": {
    compliant: [distribution()],
    violating: [distribution({ defaultCacheBehavior: { viewerProtocolPolicy: "allow-all" } })],
    property: "viewerProtocolPolicy",
  },
  "web-acl-attached": {
    compliant: [distribution({ webAclId: output("aws:wafv2/webAcl:WebAcl", "arn") }), webAcl(rateLimit)],
    violating: [distribution(), webAcl(rateLimit)],
    property: "webAclId",
  },
  "no-way-round": {
    compliant: [
      behindCloudFront([originKey]),
      resource(apiType, {}),
      resource(originKeyType, {}),
      asking({ ORIGIN_KEY_SHA256: "hash" }),
    ],
    violating: [behindCloudFront([]), resource(apiType, {}), resource(originKeyType, {})],
    property: "origins",
  },
  "tls-only-bucket": {
    compliant: [bucket, bucketPolicy(noTls("s3:*"))],
    violating: [bucket, bucketPolicy(noTls("s3:GetObject"))],
    property: "policy",
  },
  "tls-only-topic": {
    compliant: [topic, topicPolicy(noTls("sns:Publish"))],
    violating: [topic, topicPolicy(noTls("sns:Publish", { AWS: "arn:aws:iam::1:role/one" }))],
    property: "policy",
  },
  "tls-only-cluster": {
    compliant: [cluster({ dbClusterParameterGroupName: output(groupType, "name") }), parameters("1")],
    violating: [cluster({ dbClusterParameterGroupName: "ours" }), parameters("0")],
    property: "parameters",
  },
  ...connectionCases,
  "log-retention": {
    compliant: [resource("aws:cloudwatch/logGroup:LogGroup", { retentionInDays: 14 })],
    violating: [resource("aws:cloudwatch/logGroup:LogGroup", { name: "for-ever" })],
    property: "retentionInDays",
  },
  "function-log": {
    compliant: [
      resource(functionType, { loggingConfig: { logGroup: "own" } }),
      resource("aws:cloudwatch/logGroup:LogGroup", { name: "own" }),
    ],
    violating: [resource(functionType, {})],
    property: "loggingConfig.logGroup",
  },
  "build-project": {
    compliant: [
      build({}, [
        { name: "STACK_ENVIRONMENT", value: "dev" },
        { name: "ACCESS_TOKEN", type: "SECRETS_MANAGER", value: "arn:secret" },
      ]),
      logGroup,
    ],
    violating: [build({}, [{ name: "ACCESS_TOKEN", type: "PLAINTEXT", value: "it" }]), logGroup],
    property: "environment.environmentVariables[0].type",
  },
  ...grantCases,
  "public-subnet-nat-only": {
    compliant: publicSubnet(nat),
    violating: publicSubnet(
      nat,
      resource(functionType, { vpcConfig: { subnetIds: [output(subnetType, "id")] } }),
    ),
    property: "",
  },
  "closed-host": {
    compliant: [host({})],
    violating: [host({ associatePublicIpAddress: true })],
    property: "associatePublicIpAddress",
  },
  "cluster-log": {
    compliant: [
      cluster({ clusterIdentifier: "main", enabledCloudwatchLogsExports: ["postgresql"] }),
      resource("aws:cloudwatch/logGroup:LogGroup", { name: "/aws/rds/cluster/main/postgresql" }),
    ],
    violating: [
      cluster({ clusterIdentifier: "main", enabledCloudwatchLogsExports: ["postgresql"] }),
      resource("aws:cloudwatch/logGroup:LogGroup", { name: "/aws/rds/cluster/other/postgresql" }),
    ],
    property: "enabledCloudwatchLogsExports",
  },
  "missing-data-treated": {
    compliant: [alarm],
    violating: [resource(alarmType, { threshold: 1 })],
    property: "treatMissingData",
  },
  "alarm-actions-enabled": {
    compliant: [alarm, partAlarm, compositeOf('ALARM("part") AND ALARM("other")')],
    violating: [resource(alarmType, { ...alarm.inputs, actionsEnabled: false })],
    property: "actionsEnabled",
  },
  "alarm-actions-deliverable": {
    compliant: [
      alarm,
      topic,
      topicPolicy(fromOurAlarms(ourAlarms)),
      key("kms:Decrypt", "kms:GenerateDataKey*"),
    ],
    violating: [alarm, topic, topicPolicy(fromOurAlarms(ourAlarms)), key("kms:Decrypt")],
    property: "alarmActions[0]",
  },
  "at-most-five-monitors": {
    compliant: [resource(appConfigType, { monitors: monitors(5) })],
    violating: [resource(appConfigType, { monitors: monitors(6) })],
    property: "monitors",
  },
  "monitors-quiet-without-data": {
    compliant: [resource(appConfigType, { monitors: monitors(1) }), alarm],
    violating: [
      resource(appConfigType, { monitors: monitors(1) }),
      resource(alarmType, { treatMissingData: "breaching" }),
    ],
    property: "monitors[0].alarmArn",
  },
  "stage-in-rollout-only": {
    compliant: [topic],
    violating: [topic],
    aroundViolating: {
      atOtherStage: (one) => ({ ...one, inputs: { ...one.inputs, tags: { stage: "ramp-20" } } }),
    },
    property: "tags",
  },
  "deletion-protection": {
    compliant: [cluster({})],
    violating: [cluster({ deletionProtection: false })],
    property: "deletionProtection",
  },
  tagged: {
    compliant: [ofProvider, provider(tags)],
    violating: [ofProvider, provider({ ...tags, Layer: "" })],
    property: "provider",
  },
  "no-plain-secret": {
    compliant: [
      resource(functionType, {
        environment: { variables: { MASTER_HOST: "db", API_TOKEN: output(keyType, "id") } },
      }),
    ],
    violating: [resource(functionType, { environment: { variables: { DATABASE_PASSWORD: "hunter2" } } })],
    property: "environment.variables.DATABASE_PASSWORD",
  },
};

/** More graphs that break a rule, by what is wrong with them. */
export const moreViolations: readonly (readonly [string, string, readonly PlannedResource[]])[] = [
  ...moreConnectionViolations,
  ...moreGrantViolations,
  ["no-public-bucket", "a bucket without a block", [bucket]],
  [
    "locked-evidence",
    "a bucket of evidence that was made without a lock",
    [evidence({}), lock({ mode: "COMPLIANCE", days: 1 })],
  ],
  [
    "tls-only-edge",
    "an old TLS of callers",
    [distribution({ viewerCertificate: { minimumProtocolVersion: "TLSv1.1_2016" } })],
  ],
  [
    "tls-only-edge",
    "an origin without TLS",
    [distribution({ origins: [{ customOriginConfig: { originProtocolPolicy: "match-viewer" } }] })],
  ],
  [
    "tls-only-edge",
    "a domain with an old TLS",
    [
      resource("aws:apigatewayv2/domainName:DomainName", {
        domainNameConfiguration: { securityPolicy: "TLS_1_0" },
      }),
    ],
  ],
  [
    "web-acl-attached",
    "a firewall that limits nobody",
    [
      distribution({ webAclId: output("aws:wafv2/webAcl:WebAcl", "arn") }),
      webAcl({ action: { count: {} }, statement: { rateBasedStatement: { limit: 100 } } }),
    ],
  ],
  [
    "no-way-round",
    "a key that no function asks for",
    [behindCloudFront([originKey]), resource(apiType, {}), resource(originKeyType, {}), asking({})],
  ],
  ["locked-evidence", "a lock that is configured nowhere", [evidence()]],
  [
    "no-unexplained-wildcard",
    "an Allow of everything but",
    [rolePolicy({ Effect: "Allow", NotAction: "iam:*", Resource: "x" })],
  ],
  [
    "no-unexplained-wildcard",
    "a resource of any name",
    [rolePolicy({ Sid: "All", Effect: "Allow", Action: "a:B", Resource: "*" })],
  ],
  [
    "no-unexplained-wildcard",
    "a policy of AWS's own",
    [
      resource("aws:iam/rolePolicyAttachment:RolePolicyAttachment", {
        policyArn: "arn:aws:iam::aws:policy/AdministratorAccess",
      }),
    ],
  ],
  [
    "no-open-ingress",
    "a way in of a group's own",
    [resource("aws:ec2/securityGroup:SecurityGroup", { ingress: [{ ipv6CidrBlocks: ["::/0"] }] })],
  ],
  ["build-project", "a privileged container", [build({ environment: { privilegedMode: true } }), logGroup]],
  ["build-project", "a build outside the network", [build({ vpcConfig: undefined }), logGroup]],
  ["build-project", "a build whose log is CodeBuild's own", [build({})]],
  ["closed-host", "a host that a key logs in to", [host({ keyName: "mine" })]],
  ["closed-host", "a host with a plain disk", [host({ rootBlockDevice: {} })]],
  ["closed-host", "a host whose credentials any request gets", [host({ metadataOptions: {} })]],
  ["tls-only-cluster", "a proxy that takes plain connections", [resource("aws:rds/proxy:Proxy", {})]],
  [
    "public-subnet-nat-only",
    "a subnet that gives public addresses to what is in it",
    [
      resource(subnetType, { mapPublicIpOnLaunch: true }),
      resource("aws:ec2/instance:Instance", { subnetId: output(subnetType, "id") }),
    ],
  ],
  ["encrypted-cluster", "a cluster with Amazon's key", [cluster({ kmsKeyId: undefined })]],
  ["alarm-actions-enabled", "an alarm that tells nobody", [resource(alarmType, { alarmActions: [] })]],
  ["alarm-actions-enabled", "a part of none", [partAlarm, compositeOf('ALARM("part-of-another")')]],
  ["alarm-actions-deliverable", "a topic that does not exist", [alarm]],
  ["alarm-actions-deliverable", "a topic without a policy", [alarm, topic, key("kms:*")]],
  [
    "alarm-actions-deliverable",
    "a topic policy for other alarms",
    [alarm, topic, topicPolicy(fromOurAlarms(ourAlarms.replace("-dev-", "-prod-"))), key("kms:*")],
  ],
  [
    "alarm-actions-deliverable",
    "a topic policy without the source's account",
    [
      alarm,
      topic,
      topicPolicy({ ...fromOurAlarms(ourAlarms), Condition: { ArnLike: { "aws:SourceArn": ourAlarms } } }),
      key("kms:*"),
    ],
  ],
  ["deletion-protection", "a bucket that Pulumi may delete", [bucket]],
  [
    "deletion-protection",
    "a key of data that Pulumi may delete",
    [key("kms:*"), cluster({ kmsKeyId: output(keyType, "arn") })],
  ],
  [
    "no-plain-secret",
    "a key in a text that is JSON",
    [resource(topicType, { deliveryPolicy: '{"apiKey":"abc"}' })],
  ],
  [
    "no-plain-secret",
    "a password in an address",
    [resource(topicType, { name: "postgres://me:pass@host/db" })],
  ],
];
