/**
 * What the provider cannot change in place, per type: "*" = every change replaces, except `tags`; otherwise the
 * properties whose change replaces. Source: the "Forces new resource" notes of the AWS and PostgreSQL providers.
 */
const replaceOn: Readonly<Record<string, "*" | readonly string[]>> = {
  "aws:apigatewayv2/api:Api": ["protocolType"],
  "aws:apigatewayv2/integration:Integration": ["apiId", "integrationType"],
  "aws:apigatewayv2/route:Route": ["apiId"],
  "aws:apigatewayv2/stage:Stage": ["apiId", "name"],
  "aws:appconfig/configurationProfile:ConfigurationProfile": ["applicationId", "locationUri", "type"],
  "aws:appconfig/deployment:Deployment": "*",
  "aws:appconfig/environment:Environment": ["applicationId"],
  "aws:appconfig/hostedConfigurationVersion:HostedConfigurationVersion": "*",
  "aws:cloudwatch/compositeAlarm:CompositeAlarm": ["alarmName"],
  "aws:cloudwatch/dashboard:Dashboard": ["dashboardName"],
  "aws:cloudwatch/logGroup:LogGroup": ["name"],
  "aws:cloudwatch/metricAlarm:MetricAlarm": ["name"],
  "aws:ec2/securityGroup:SecurityGroup": ["description", "name", "vpcId"],
  "aws:ec2/subnet:Subnet": ["availabilityZone", "cidrBlock", "vpcId"],
  "aws:ec2/vpc:Vpc": ["cidrBlock"],
  "aws:iam/role:Role": ["name", "path"],
  "aws:iam/rolePolicy:RolePolicy": ["name", "role"],
  "aws:iam/rolePolicyAttachment:RolePolicyAttachment": "*",
  "aws:kms/alias:Alias": ["name"],
  "aws:lambda/alias:Alias": ["functionName", "name"],
  "aws:lambda/function:Function": ["name", "packageType"],
  "aws:lambda/invocation:Invocation": "*",
  "aws:lambda/permission:Permission": "*",
  "aws:rds/cluster:Cluster": [
    "clusterIdentifier",
    "databaseName",
    "dbSubnetGroupName",
    "engine",
    "masterUsername",
  ],
  "aws:rds/clusterInstance:ClusterInstance": ["clusterIdentifier", "engine", "identifier"],
  "aws:rds/subnetGroup:SubnetGroup": ["name"],
  "aws:s3/bucket:Bucket": ["bucket", "objectLockEnabled"],
  "aws:s3/bucketPolicy:BucketPolicy": ["bucket"],
  "aws:sns/topic:Topic": ["fifoTopic", "name"],
  "aws:sns/topicSubscription:TopicSubscription": ["endpoint", "protocol", "topic"],
  "aws:ssm/parameter:Parameter": ["name"],
  "postgresql:index/database:Database": ["encoding", "lcCollate", "lcCtype", "template"],
  "postgresql:index/extension:Extension": ["database", "name"],
  "postgresql:index/grant:Grant": "*",
  "postgresql:index/grantRole:GrantRole": "*",
  "postgresql:index/schema:Schema": ["database"],
};

/** Outputs that change when the resource is updated in place: what refers to them changes too. */
const movingOutputs: Readonly<Record<string, readonly string[]>> = {
  "aws:lambda/function:Function": ["version", "qualifiedArn", "qualifiedInvokeArn", "lastModified"],
  "aws:ssm/parameter:Parameter": ["version"],
};

/** The property that a path like `a.b[0]` is in. */
function topOf(path: string): string {
  return path.split(/[.[]/)[0] ?? path;
}

/** Whether a change of these property paths replaces a resource of that type. `more`: further such properties. */
export function replaces(type: string, changed: readonly string[], more: readonly string[] = []): boolean {
  const rule = replaceOn[type] ?? [];
  const tops = changed.map(topOf);
  if (tops.some((property) => more.includes(property))) return true;
  if (rule === "*") return tops.some((property) => property !== "tags");
  return tops.some((property) => rule.includes(property));
}

/** Whether an update in place of that type changes that output. */
export function isMoving(type: string, property: string): boolean {
  return (movingOutputs[type] ?? []).includes(topOf(property));
}
