import type { Reach } from "./reach.ts";
import { ofService } from "./service-tags.ts";

/** What serving stands on: flags, alarms and topics, buckets, keys, the rollout's parameters. */
export const keepingReach = [
  {
    sid: "Flags",
    types: [
      "aws:appconfig/application:Application",
      "aws:appconfig/configurationProfile:ConfigurationProfile",
      "aws:appconfig/deployment:Deployment",
      "aws:appconfig/deploymentStrategy:DeploymentStrategy",
      "aws:appconfig/environment:Environment",
      "aws:appconfig/hostedConfigurationVersion:HostedConfigurationVersion",
    ],
    service: "appconfig",
    actions: [
      ...["CreateConfigurationProfile", "CreateEnvironment", "CreateHostedConfigurationVersion"],
      ...["DeleteApplication", "DeleteConfigurationProfile"],
      ...["DeleteDeploymentStrategy", "DeleteEnvironment", "GetApplication", "GetConfigurationProfile"],
      ...["GetDeployment", "GetDeploymentStrategy", "GetEnvironment", "GetHostedConfigurationVersion"],
      // Reconciling looks at the document as the functions do.
      ...["GetLatestConfiguration", "StartConfigurationSession"],
      ...["ListDeployments", "ListHostedConfigurationVersions", "ListTagsForResource", "StartDeployment"],
      ...[
        "StopDeployment",
        "TagResource",
        "UntagResource",
        "UpdateApplication",
        "UpdateConfigurationProfile",
      ],
      ...["UpdateDeploymentStrategy", "UpdateEnvironment"],
    ],
    resources: [
      "arn:aws:appconfig:{region}:{account}:application/*",
      "arn:aws:appconfig:{region}:{account}:deploymentstrategy/*",
    ],
  },
  {
    sid: "NewFlags",
    types: [],
    service: "appconfig",
    actions: ["CreateApplication", "CreateDeploymentStrategy"],
    resources: ["*"],
    condition: ofService("RequestTag"),
  },
  {
    sid: "Alarms",
    types: [
      "aws:cloudwatch/compositeAlarm:CompositeAlarm",
      "aws:cloudwatch/dashboard:Dashboard",
      "aws:cloudwatch/metricAlarm:MetricAlarm",
    ],
    service: "cloudwatch",
    actions: [
      ...["DeleteAlarms", "DeleteDashboards", "GetDashboard", "ListTagsForResource"],
      ...["PutCompositeAlarm", "PutDashboard", "PutMetricAlarm", "TagResource", "UntagResource"],
    ],
    resources: [
      "arn:aws:cloudwatch:{region}:{account}:alarm:{name}-*",
      "arn:aws:cloudwatch::{account}:dashboard/{name}*",
    ],
  },
  {
    // By their prefix, which is a list and no name.
    sid: "AlarmStates",
    types: [],
    service: "cloudwatch",
    actions: ["DescribeAlarms"],
    resources: ["arn:aws:cloudwatch:{region}:{account}:alarm:*"],
  },
  {
    sid: "Topics",
    types: [
      "aws:sns/topic:Topic",
      "aws:sns/topicPolicy:TopicPolicy",
      "aws:sns/topicSubscription:TopicSubscription",
    ],
    service: "sns",
    actions: [
      ...["CreateTopic", "DeleteTopic", "GetSubscriptionAttributes", "GetTopicAttributes"],
      ...[
        "ListSubscriptionsByTopic",
        "ListTagsForResource",
        "SetSubscriptionAttributes",
        "SetTopicAttributes",
      ],
      ...["Subscribe", "TagResource", "Unsubscribe", "UntagResource"],
    ],
    resources: ["arn:aws:sns:{region}:{account}:{name}-*"],
  },
  {
    sid: "Buckets",
    types: [
      "aws:s3/bucket:Bucket",
      "aws:s3/bucketCorsConfiguration:BucketCorsConfiguration",
      "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
      "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration",
      "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
      "aws:s3/bucketPolicy:BucketPolicy",
      "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
      "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
      "aws:s3/bucketVersioning:BucketVersioning",
    ],
    service: "s3",
    actions: [
      ...["CreateBucket", "DeleteBucket", "DeleteBucketPolicy", "GetAccelerateConfiguration", "GetBucketAcl"],
      ...["GetBucketCORS", "GetBucketLocation", "GetBucketLogging", "GetBucketObjectLockConfiguration"],
      ...["GetBucketOwnershipControls", "GetBucketPolicy", "GetBucketPublicAccessBlock"],
      ...["GetBucketRequestPayment", "GetBucketTagging", "GetBucketVersioning", "GetBucketWebsite"],
      ...["GetEncryptionConfiguration", "GetLifecycleConfiguration", "GetReplicationConfiguration"],
      ...["ListBucket", "PutBucketCORS", "PutBucketObjectLockConfiguration", "PutBucketOwnershipControls"],
      ...["PutBucketPolicy", "PutBucketPublicAccessBlock", "PutBucketTagging", "PutBucketVersioning"],
      ...["PutEncryptionConfiguration", "PutLifecycleConfiguration"],
    ],
    resources: ["arn:aws:s3:::{name}-*"],
  },
  {
    sid: "NewKeys",
    types: [],
    service: "kms",
    // With its tags, which is an action of its own.
    actions: ["CreateKey", "TagResource"],
    resources: ["*"],
    condition: ofService("RequestTag"),
  },
  {
    sid: "Keys",
    types: ["aws:kms/alias:Alias", "aws:kms/key:Key"],
    service: "kms",
    actions: [
      ...["CreateAlias", "DeleteAlias", "DescribeKey", "DisableKey", "EnableKey", "EnableKeyRotation"],
      ...["GetKeyPolicy", "GetKeyRotationStatus", "ListResourceTags", "PutKeyPolicy", "ScheduleKeyDeletion"],
      ...["TagResource", "UntagResource", "UpdateAlias", "UpdateKeyDescription"],
    ],
    resources: ["arn:aws:kms:{region}:{account}:key/*"],
    condition: ofService("ResourceTag"),
  },
  {
    sid: "KeyAliases",
    types: [],
    service: "kms",
    actions: ["CreateAlias", "DeleteAlias", "UpdateAlias"],
    resources: ["arn:aws:kms:{region}:{account}:alias/{name}-*"],
  },
  { sid: "KeyNames", types: [], service: "kms", actions: ["ListAliases"], resources: ["*"] },
  { sid: "ParameterNames", types: [], service: "ssm", actions: ["DescribeParameters"], resources: ["*"] },
  {
    sid: "RolloutState",
    types: ["aws:ssm/parameter:Parameter"],
    service: "ssm",
    actions: [
      ...["AddTagsToResource", "DeleteParameter", "GetParameter", "GetParameters", "GetParametersByPath"],
      ...["ListTagsForResource", "PutParameter", "RemoveTagsFromResource"],
    ],
    resources: [
      "arn:aws:ssm:{region}:{account}:parameter/part-lens/{environment}",
      "arn:aws:ssm:{region}:{account}:parameter/part-lens/{environment}/*",
    ],
  },
] as const satisfies readonly Reach[];
