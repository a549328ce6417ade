import { join } from "node:path";
import type { Clock } from "../clock.ts";
import type { Realiser } from "../realiser.ts";
import { appConfigApplication } from "../realisers/app-config-application.ts";
import { appConfigDeployment } from "../realisers/app-config-deployment.ts";
import { appConfigEnvironment } from "../realisers/app-config-environment.ts";
import { appConfigProfile } from "../realisers/app-config-profile.ts";
import { appConfigStrategy } from "../realisers/app-config-strategy.ts";
import { appConfigVersion } from "../realisers/app-config-version.ts";
import { compositeAlarm } from "../realisers/composite-alarm.ts";
import { iamRole } from "../realisers/iam-role.ts";
import { iamRolePolicy } from "../realisers/iam-role-policy.ts";
import { logGroup } from "../realisers/log-group.ts";
import { metricAlarm } from "../realisers/metric-alarm.ts";
import { s3Bucket } from "../realisers/s3-bucket.ts";
import { s3BucketVersioning } from "../realisers/s3-bucket-versioning.ts";
import { s3ObjectLock } from "../realisers/s3-object-lock.ts";
import { snsTopic } from "../realisers/sns-topic.ts";
import { snsTopicPolicy } from "../realisers/sns-topic-policy.ts";
import { snsTopicSubscription } from "../realisers/sns-topic-subscription.ts";
import { ssmParameter } from "../realisers/ssm-parameter.ts";
import { AlarmService } from "./alarm-service.ts";
import { AppConfigService } from "./app-config-service.ts";
import { AwsEndpoint } from "./aws-endpoint.ts";
import type { Delays } from "./delays.ts";
import { AppConfigEndpoint } from "./endpoint-app-config.ts";
import { CloudWatchEndpoint } from "./endpoint-cloudwatch.ts";
import { LogsEndpoint } from "./endpoint-logs.ts";
import { S3Endpoint } from "./endpoint-s3.ts";
import { SnsEndpoint } from "./endpoint-sns.ts";
import { SsmEndpoint } from "./endpoint-ssm.ts";
import { StsEndpoint } from "./endpoint-sts.ts";
import { LogStore } from "./log-store.ts";
import { MetricStore } from "./metric-store.ts";
import { ObjectStore } from "./object-store.ts";
import { ParameterStore } from "./parameter-store.ts";
import { SessionService } from "./session-service.ts";
import { TopicBus } from "./topic-bus.ts";

export interface LocalAwsOptions {
  readonly clock: Clock;
  /** Documents, objects and parameters are kept in it. */
  readonly directory: string;
  readonly region: string;
  readonly delays?: Delays;
  /** Runs a function with an event: what a topic's subscription to a function does. */
  readonly invoke: (functionArn: string, event: unknown) => Promise<unknown>;
}

/** The AWS services of one machine, wired as AWS wires them: metrics, alarms, topics, functions, deployments. */
export class LocalAws {
  readonly metrics = new MetricStore();
  readonly logs = new LogStore();
  readonly sessions = new SessionService();
  readonly alarms: AlarmService;
  readonly topics: TopicBus;
  readonly appConfig: AppConfigService;
  readonly parameters: ParameterStore;
  readonly objects: ObjectStore;
  readonly endpoint: AwsEndpoint;
  /** Where the functions find their documents. */
  readonly documentDirectory: string;
  readonly region: string;

  constructor(options: LocalAwsOptions) {
    const { directory, region } = options;
    this.region = region;
    this.documentDirectory = join(directory, "documents");
    this.topics = new TopicBus(options);
    const onAction = (topic: string, message: string, subject: string) =>
      this.topics.publishAs("cloudwatch.amazonaws.com", topic, { message, subject });
    this.alarms = new AlarmService({ ...options, metrics: this.metrics, onAction });
    this.appConfig = new AppConfigService({
      ...options,
      directory: this.documentDirectory,
      alarms: this.alarms,
    });
    this.parameters = new ParameterStore({ ...options, file: join(directory, "parameters.json") });
    this.objects = new ObjectStore(join(directory, "objects"));
    this.endpoint = new AwsEndpoint({ region, sessions: this.sessions, protocols: this.#protocols() });
  }

  realisers(): readonly Realiser[] {
    const region = this.region;
    const appConfig = [
      appConfigApplication,
      appConfigEnvironment,
      appConfigProfile,
      appConfigVersion,
      appConfigStrategy,
      appConfigDeployment,
    ].map((make) => make(this.appConfig, region));
    return [
      metricAlarm(this.alarms),
      compositeAlarm(this.alarms),
      ...[snsTopic, snsTopicSubscription, snsTopicPolicy].map((make) => make(this.topics)),
      ...appConfig,
      ssmParameter(this.parameters),
      logGroup(this.logs, region),
      s3Bucket(this.objects, region),
      s3BucketVersioning(this.objects),
      s3ObjectLock(this.objects),
      iamRole(this.sessions),
      iamRolePolicy(this.sessions),
    ];
  }

  /** Listens for the SDK clients; returns the URL. */
  start(): Promise<string> {
    return this.endpoint.start();
  }

  async close(): Promise<void> {
    this.alarms.close();
    await this.endpoint.close();
  }

  #protocols() {
    return [
      new S3Endpoint(this.objects, this.sessions),
      new StsEndpoint(this.sessions),
      new SsmEndpoint(this.parameters),
      new SnsEndpoint(this.topics),
      new AppConfigEndpoint(this.appConfig),
      new CloudWatchEndpoint(this.alarms, this.metrics),
      new LogsEndpoint(this.logs),
    ] as const;
  }
}
