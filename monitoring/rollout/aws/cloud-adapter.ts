import { AppConfigClient } from "@aws-sdk/client-appconfig";
import { AppConfigDataClient } from "@aws-sdk/client-appconfigdata";
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { S3Client } from "@aws-sdk/client-s3";
import { SNSClient } from "@aws-sdk/client-sns";
import { SSMClient } from "@aws-sdk/client-ssm";
import { pinnedAlias } from "../../../flags/pin.ts";
import { AliasRefusedError, type AliasUpdate, updateAlias } from "../../alias-call.ts";
import { attempt } from "../../attempt.ts";
import { bucketIncidents } from "../../incident/incident-store-adapter.ts";
import { publishTo } from "../../incident/publish-adapter.ts";
import { IntegrationRefusedError, updateIntegration } from "../../integration-call.ts";
import { metricNamespace } from "../../metrics.ts";
import type { Caller } from "../../signed-call.ts";
import { numberedEventLog } from "../numbered-log.ts";
import { alarmHistory } from "./alarm-history-adapter.ts";
import { alarmStates } from "./alarm-states-adapter.ts";
import { invokedChecks } from "./checks-adapter.ts";
import { CloudPlace, type CloudPlaceParts } from "./cloud-place.ts";
import { CloudView } from "./cloud-view.ts";
import { entryBucket, logPrefix } from "./entry-bucket-adapter.ts";
import { FlagDeployments } from "./flag-deployments-adapter.ts";
import { parameterStore, readServiceFacts } from "./parameters-adapter.ts";
import type { ServiceFacts } from "./service-facts.ts";
import { readWindow } from "./window-metrics-adapter.ts";

export interface CloudOptions extends Pick<CloudPlaceParts, "environment" | "stack" | "note" | "patience"> {
  /** What every alarm's name starts with. */
  readonly alarmPrefix: string;
  readonly now?: () => number;
}

const pauseMilliseconds = 1000;

/**
 * The environment that this process's AWS credentials reach, with all ids from SSM. The clients follow
 * AWS_ENDPOINT_URL, as the functions do. Throws ServiceUnknownError, and what the SDK throws.
 */
export async function openCloud(options: CloudOptions): Promise<CloudPlace> {
  const { environment, alarmPrefix } = options;
  const parameters = new SSMClient({});
  const service = await readServiceFacts(environment, parameters);
  const documents = {
    appConfig: new AppConfigClient({}),
    appConfigData: new AppConfigDataClient({ maxAttempts: 3 }),
    pauseMilliseconds,
  };
  const metrics = new CloudWatchClient({});
  const functions = new LambdaClient({});
  const topics = new SNSClient({});
  const objects = new S3Client({ forcePathStyle: process.env.AWS_ENDPOINT_URL !== undefined });
  const rollout = new FlagDeployments(service.flags.rollout, documents);
  const store = parameterStore(environment, parameters);
  const view = new CloudView({
    environment,
    apiUrl: service.apiUrl,
    parameters: store,
    flags: rollout,
    alarms: () => alarmStates(alarmPrefix, metrics),
  });
  return new CloudPlace({
    ...options,
    now: options.now ?? Date.now,
    service,
    view,
    rollout,
    parameters: store,
    log: logOf(service, objects),
    incidents: bucketIncidents(service.evidenceBucket, objects),
    killSwitch: new FlagDeployments(service.flags.killSwitch, documents),
    metrics: (window) => readWindow(metricNamespace(environment), window, metrics),
    alarmTimes: (window) => alarmHistory(alarmPrefix, window, metrics),
    checks: () => invokedChecks(service.checksFunction, functions),
    publish: (topicArn, telling) => publishTo(topicArn, topics)(telling),
    moveCode: (functionName, version) => movedCode({ functionName, version }, parameters),
    point: (integrationUri) => pointed(service, integrationUri, parameters),
  });
}

function logOf({ evidenceBucket }: ServiceFacts, objects: S3Client) {
  return numberedEventLog(entryBucket({ bucket: evidenceBucket, prefix: logPrefix }, objects));
}

/** The alias that answers while the pin holds goes first. A refusal is final. */
async function movedCode(code: Omit<AliasUpdate, "alias">, client: SSMClient): Promise<void> {
  const caller = await callerOf(client);
  for (const alias of [pinnedAlias, "live"]) {
    await attempt(5, pauseMilliseconds, async (giveUp) => {
      try {
        await updateAlias({ ...code, alias }, caller);
      } catch (error) {
        throw error instanceof AliasRefusedError && !error.mayPass ? giveUp(error) : error;
      }
    });
  }
}

async function callerOf({ config }: SSMClient): Promise<Caller> {
  const { accessKeyId, secretAccessKey, sessionToken } = await config.credentials();
  return {
    region: await config.region(),
    endpoint: process.env.AWS_ENDPOINT_URL,
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) },
    fetch: globalThis.fetch,
  };
}

/** A refusal is final; an API Gateway that is throttled or broken is asked again. */
async function pointed({ pin }: ServiceFacts, integrationUri: string, client: SSMClient): Promise<void> {
  const caller = await callerOf(client);
  await attempt(5, pauseMilliseconds, async (giveUp) => {
    try {
      await updateIntegration({ ...pin, integrationUri }, caller);
    } catch (error) {
      throw error instanceof IntegrationRefusedError && !error.mayPass ? giveUp(error) : error;
    }
  });
}
