import {
  AppConfigClient,
  ConflictException,
  type DeploymentSummary,
  ListDeploymentsCommand,
  StartDeploymentCommand,
  StopDeploymentCommand,
} from "@aws-sdk/client-appconfig";
import { CloudWatchClient, DescribeAlarmsCommand } from "@aws-sdk/client-cloudwatch";
import { SNSClient } from "@aws-sdk/client-sns";
import { SSMClient } from "@aws-sdk/client-ssm";
import { keyOf, rollsBack } from "./alarm-message.ts";
import { attempt } from "./attempt.ts";
import { drillKey } from "./incident/drill-key.ts";
import type { IncidentStore } from "./incident/incident-store.ts";
import { tell } from "./incident/outbox.ts";
import { publishTo } from "./incident/publish-adapter.ts";
import type { RollbackEnv } from "./rollback-env.ts";
import { held, putLock } from "./rollback-lock-adapter.ts";
import type { Exposure, RollbackPorts } from "./rollback-ports.ts";
import { proveV1, v1Health } from "./v1-proof.ts";

export interface RollbackClients {
  readonly appConfig: Pick<AppConfigClient, "send">;
  readonly alarms: Pick<CloudWatchClient, "send">;
  readonly parameters: Pick<SSMClient, "send">;
  readonly topics: Pick<SNSClient, "send">;
  /** Loaded when it is first needed: what follows the way down must not delay its start. */
  readonly incidents: () => Promise<IncidentStore>;
  readonly fetch: typeof globalThis.fetch;
  /** Between two tries of the same call. */
  readonly pauseMilliseconds: number;
}

/** The ports of a rollback in AWS. The clients follow AWS_ENDPOINT_URL, which the local host sets. */
export function awsPorts(env: RollbackEnv, clients: RollbackClients = sdkClients(env)): RollbackPorts {
  const { pauseMilliseconds } = clients;
  return {
    firing: () => firing(env, clients),
    exposure: () => exposure(env, clients),
    held: () => held(env, clients.parameters),
    cap0: () => deployTripped(env, clients),
    lock: (lock) => attempt(3, pauseMilliseconds, () => putLock(env, clients.parameters, lock)),
    proveV1: () => proveV1({ apiUrl: env.API_URL, tenants: env.TENANTS }, clients),
    async notify(telling) {
      const send = publishTo(env.NOTIFY_TOPIC, clients.topics);
      return tell(telling, { store: await clients.incidents(), send, tries: 3, pauseMilliseconds });
    },
    async collect(record) {
      const { collectIncident } = await import("./incident/collection-adapters.ts");
      const own = { ...env, ownLog: env.AWS_LAMBDA_LOG_GROUP_NAME };
      return collectIncident(record, own, await clients.incidents());
    },
    async postmortem(record) {
      const { draftPostmortem } = await import("./incident/postmortem-draft.ts");
      return draftPostmortem(record.incident, await clients.incidents());
    },
  };
}

function sdkClients(env: RollbackEnv): RollbackClients {
  return {
    appConfig: new AppConfigClient({}),
    alarms: new CloudWatchClient({}),
    parameters: new SSMClient({}),
    topics: new SNSClient({}),
    async incidents() {
      const { bucketIncidents } = await import("./incident/incident-store-adapter.ts");
      return bucketIncidents(env.EVIDENCE_BUCKET);
    },
    fetch: globalThis.fetch,
    pauseMilliseconds: 500,
  };
}

/** Metric alarms only: the composite over them says nothing that they do not. */
async function firing(
  { ALARM_PREFIX }: RollbackEnv,
  { alarms }: RollbackClients,
): Promise<readonly string[]> {
  const ask = new DescribeAlarmsCommand({
    AlarmNamePrefix: ALARM_PREFIX,
    AlarmTypes: ["MetricAlarm"],
    StateValue: "ALARM",
  });
  const { MetricAlarms = [] } = await alarms.send(ask);
  const keys = MetricAlarms.map(({ AlarmName = "" }) => keyOf(AlarmName, ALARM_PREFIX));
  return keys.filter((key) => key !== drillKey && rollsBack(key));
}

/** A service that does not know its own documents says null: then nobody can tell. */
async function exposure(env: RollbackEnv, clients: RollbackClients): Promise<Exposure> {
  const { percent, cap } = (await v1Health(env.API_URL, clients.fetch)).body as {
    percent?: unknown;
    cap?: unknown;
  };
  const known = (value: unknown) => (typeof value === "number" ? value : undefined);
  return { percent: known(percent), cap: known(cap) };
}

/**
 * Starts the deployment of the document whose cap is 0. Another one in the kill switch's environment is stopped
 * first, unless it is this very version on its way already: stopping that would raise the cap again.
 */
async function deployTripped(env: RollbackEnv, clients: RollbackClients): Promise<string> {
  const { application, environment, profile } = env.KILL_SWITCH;
  const start = new StartDeploymentCommand({
    ApplicationId: application,
    EnvironmentId: environment,
    ConfigurationProfileId: profile,
    ConfigurationVersion: env.TRIPPED_VERSION,
    DeploymentStrategyId: env.DEPLOYMENT_STRATEGY,
    Description: "rollback",
  });
  // Only a conflict is worth our own tries: what else can be tried again, the SDK has tried.
  return attempt(10, clients.pauseMilliseconds, async (giveUp) => {
    try {
      const { DeploymentNumber } = await clients.appConfig.send(start);
      return `deployment ${DeploymentNumber}`;
    } catch (error) {
      if (!(error instanceof ConflictException)) throw giveUp(error);
      const other = await runningDeployment(env, clients);
      if (other?.ConfigurationVersion === env.TRIPPED_VERSION)
        return `deployment ${other.DeploymentNumber} is on its way`;
      if (other) await stop(env, clients, other);
      throw error;
    }
  });
}

async function runningDeployment(
  env: RollbackEnv,
  { appConfig }: RollbackClients,
): Promise<DeploymentSummary | undefined> {
  const { application, environment } = env.KILL_SWITCH;
  const list = new ListDeploymentsCommand({ ApplicationId: application, EnvironmentId: environment });
  const { Items = [] } = await appConfig.send(list);
  const running = new Set(["VALIDATING", "DEPLOYING", "BAKING"]);
  return Items.find(({ State = "" }) => running.has(State));
}

async function stop(
  env: RollbackEnv,
  { appConfig }: RollbackClients,
  other: DeploymentSummary,
): Promise<void> {
  const { application, environment } = env.KILL_SWITCH;
  const { DeploymentNumber } = other;
  const where = { ApplicationId: application, EnvironmentId: environment, DeploymentNumber };
  await appConfig.send(new StopDeploymentCommand({ ...where, AllowRevert: true }));
}
