import { AppConfigClient } from "@aws-sdk/client-appconfig";
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { S3Client } from "@aws-sdk/client-s3";
import { SNSClient } from "@aws-sdk/client-sns";
import { SSMClient } from "@aws-sdk/client-ssm";
import type { AlarmMessage } from "../../../monitoring/alarm-message.ts";
import { bucketIncidents } from "../../../monitoring/incident/incident-store-adapter.ts";
import { awsPinPorts } from "../../../monitoring/pin-adapters.ts";
import { pinEnv } from "../../../monitoring/pin-env.ts";
import { pin } from "../../../monitoring/pin-procedure.ts";
import { awsPorts } from "../../../monitoring/rollback-adapters.ts";
import { rollbackEnv } from "../../../monitoring/rollback-env.ts";
import type { RollbackRecord } from "../../../monitoring/rollback-ports.ts";
import { rollBack } from "../../../monitoring/rollback-procedure.ts";
import type { Credentials } from "../services/session-service.ts";

/** What one of the two functions has, in the place of a process of its own. */
export interface WayDownCall {
  /** As the program says. */
  readonly variables: Readonly<Record<string, string>>;
  /** Of its own role. */
  readonly credentials: Credentials;
  readonly endpoint: string;
  readonly region: string;
  /** Keeps what is known at the end. */
  readonly keep: (record: RollbackRecord) => Promise<string>;
}

/** What both functions say of a message, as far as the host needs it. */
export interface Carried {
  readonly acted: boolean;
  readonly milliseconds: number;
  readonly steps: readonly { readonly step: string; readonly ok: boolean; readonly detail: string }[];
}

/** The kill switch's own procedure and adapters, over the local AWS endpoint with its role's credentials. */
export function carryRollback(message: AlarmMessage, call: WayDownCall): Promise<Carried> {
  const env = rollbackEnv({ ...call.variables, AWS_LAMBDA_LOG_GROUP_NAME: "replayed" });
  const config = configOf(call);
  const ports = awsPorts(env, {
    ...clientsOf(call),
    appConfig: new AppConfigClient(config),
    alarms: new CloudWatchClient(config),
    incidents: async () =>
      bucketIncidents(env.EVIDENCE_BUCKET, new S3Client({ ...config, forcePathStyle: true })),
  });
  // There is no log of a function here to collect from, and a draft says no more than what was collected.
  const kept = { ...ports, collect: call.keep, postmortem: async () => "none in a replay" };
  const { STACK_ENVIRONMENT: environment, ALARM_PREFIX: alarmPrefix, CONTACTS: contacts } = env;
  return rollBack(message, kept, { environment, alarmPrefix, contacts });
}

/** The pin's own procedure and adapters, likewise. */
export function carryPin(message: AlarmMessage, call: WayDownCall): Promise<Carried> {
  const { accessKeyId, secretAccessKey, sessionToken } = call.credentials;
  const env = pinEnv({
    ...call.variables,
    AWS_REGION: call.region,
    AWS_ENDPOINT_URL: call.endpoint,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
  });
  const ports = awsPinPorts(env, clientsOf(call));
  return pin(message, ports, { environment: env.STACK_ENVIRONMENT, alarmPrefix: env.ALARM_PREFIX });
}

function configOf({ endpoint, region, credentials }: WayDownCall) {
  return { endpoint, region, credentials };
}

function clientsOf(call: WayDownCall) {
  return {
    parameters: new SSMClient(configOf(call)),
    topics: new SNSClient(configOf(call)),
    fetch: globalThis.fetch,
    pauseMilliseconds: 0,
  };
}
