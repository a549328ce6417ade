import {
  AppConfigClient,
  ConflictException,
  type DeploymentSummary,
  ListDeploymentsCommand,
  StartDeploymentCommand,
  StopDeploymentCommand,
} from "@aws-sdk/client-appconfig";
import { PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import { GetParameterCommand, PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { attempt } from "./attempt.ts";
import type { RollbackEnv } from "./rollback-env.ts";
import type { RollbackLock, RollbackPorts } from "./rollback-procedure.ts";

export interface RollbackClients {
  readonly appConfig: Pick<AppConfigClient, "send">;
  readonly parameters: Pick<SSMClient, "send">;
  readonly topics: Pick<SNSClient, "send">;
  readonly fetch: typeof globalThis.fetch;
  /** Between two tries of the same call. */
  readonly pauseMilliseconds: number;
}

/** The ports of a rollback in AWS. The clients follow AWS_ENDPOINT_URL, which the local host sets. */
export function awsPorts(env: RollbackEnv, clients: RollbackClients = sdkClients()): RollbackPorts {
  const { pauseMilliseconds } = clients;
  return {
    effectivePercent: () => effectivePercent(env, clients),
    cap0: () => deployTripped(env, clients),
    lock: (lock) => attempt(3, pauseMilliseconds, () => putLock(env, clients, lock)),
    proveV1: () => attempt(5, pauseMilliseconds, () => proveV1(env, clients)),
    async notify({ severity, subject, body }) {
      const MessageAttributes = { severity: { DataType: "String", StringValue: severity } };
      const message = { TopicArn: env.NOTIFY_TOPIC, Subject: subject, Message: body, MessageAttributes };
      const { MessageId } = await attempt(3, pauseMilliseconds, () =>
        clients.topics.send(new PublishCommand(message)),
      );
      return `message ${MessageId}`;
    },
    async collect(record) {
      const health = await healthOf(env, clients).catch((error) => String(error));
      console.log(JSON.stringify({ rollbackRecord: { ...record, health } }));
      return "written to the log";
    },
  };
}

function sdkClients(): RollbackClients {
  return {
    appConfig: new AppConfigClient({}),
    parameters: new SSMClient({}),
    topics: new SNSClient({}),
    fetch: globalThis.fetch,
    pauseMilliseconds: 500,
  };
}

/** 0 where the cap is 0. A service that does not know its own documents says null: then nobody can tell. */
async function effectivePercent(env: RollbackEnv, clients: RollbackClients): Promise<number | undefined> {
  const { body } = await healthOf(env, clients);
  const { percent, cap } = body as { percent?: unknown; cap?: unknown };
  if (cap === 0) return 0;
  return typeof percent === "number" && typeof cap === "number" ? percent : undefined;
}

async function proveV1(env: RollbackEnv, clients: RollbackClients): Promise<string> {
  const { status, body } = await healthOf(env, clients);
  const { version } = body as { version?: unknown };
  if (status !== 200 || version !== "v1") throw new Error(`v1 answered ${status} ${JSON.stringify(body)}`);
  return "v1 answers";
}

async function healthOf(
  env: RollbackEnv,
  { fetch }: RollbackClients,
): Promise<{ status: number; body: object }> {
  const answer = await fetch(`${env.API_URL}/v1/health`, { signal: AbortSignal.timeout(3000) });
  const body: unknown = await answer.json();
  if (typeof body !== "object" || body === null)
    throw new Error(`v1 answered ${answer.status} without an object`);
  return { status: answer.status, body };
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

/** The first cause stays: a second alarm of the same rollback joins those that also fired. */
async function putLock(
  env: RollbackEnv,
  { parameters }: RollbackClients,
  lock: RollbackLock,
): Promise<string> {
  const before = await parameters
    .send(new GetParameterCommand({ Name: env.LOCK_PARAMETER }))
    .then(({ Parameter }) => JSON.parse(Parameter?.Value ?? "{}") as Partial<RollbackLock>)
    .catch(() => ({}) as Partial<RollbackLock>);
  const value = JSON.stringify(before.locked ? joined(before, lock) : lock);
  await parameters.send(
    new PutParameterCommand({ Name: env.LOCK_PARAMETER, Value: value, Type: "String", Overwrite: true }),
  );
  return before.locked ? `locked before, by ${before.cause}` : "locked";
}

function joined(before: Partial<RollbackLock>, lock: RollbackLock): object {
  const others = new Set([...(before.alsoFiring ?? []), lock.cause, ...lock.alsoFiring]);
  others.delete(before.cause ?? "");
  return { ...lock, ...before, alsoFiring: [...others], to: "off" };
}
