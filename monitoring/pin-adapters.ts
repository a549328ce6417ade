import { PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import { GetParameterCommand, ParameterNotFound, PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { AliasRefusedError, updateAlias } from "./alias-call.ts";
import { attempt } from "./attempt.ts";
import { IntegrationRefusedError, updateIntegration } from "./integration-call.ts";
import type { PinEnv } from "./pin-env.ts";
import type { CodeBack, Health, Pin, PinMessage, PinPorts } from "./pin-procedure.ts";
import { codeRecord } from "./rollout/projection.ts";
import type { Caller } from "./signed-call.ts";

export interface PinClients {
  readonly parameters: Pick<SSMClient, "send">;
  readonly topics: Pick<SNSClient, "send">;
  readonly fetch: typeof globalThis.fetch;
  /** Between two tries of the same call. */
  readonly pauseMilliseconds: number;
}

/** The ports of the pin in AWS. All follow AWS_ENDPOINT_URL, which the local host sets. */
export function awsPinPorts(env: PinEnv, clients: PinClients = sdkClients()): PinPorts {
  const { fetch, parameters, topics, pauseMilliseconds } = clients;
  const tried = <T>(run: () => Promise<T>) => attempt(3, pauseMilliseconds, run);
  return {
    async health() {
      const answer = await fetch(`${env.API_URL}/v1/health`, { signal: AbortSignal.timeout(3000) });
      return ((await answer.json()) ?? {}) as Health;
    },
    point: () => point(env, clients),
    recorded: () => tried(() => recorded(env, parameters)),
    putCodeBack: () => putCodeBack(env, clients),
    record: (pin) => tried(() => record(env, parameters, pin)),
    async notify(message) {
      const { MessageId } = await tried(() => topics.send(publication(env.NOTIFY_TOPIC, message)));
      const kept = await told(env, parameters).catch((error: unknown) => `, not recorded: ${String(error)}`);
      return `message ${MessageId}${kept}`;
    },
  };
}

function sdkClients(): PinClients {
  return {
    parameters: new SSMClient({}),
    topics: new SNSClient({}),
    fetch: globalThis.fetch,
    pauseMilliseconds: 500,
  };
}

/** A refusal is final; an API Gateway that is throttled, broken or not reached is asked again. */
async function point(env: PinEnv, { fetch, pauseMilliseconds }: PinClients): Promise<string> {
  const update = { ...env.INTEGRATION, integrationUri: env.PINNED_URI };
  const pointed = await attempt(5, pauseMilliseconds, async (giveUp) => {
    try {
      return await updateIntegration(update, callerOf(env, fetch));
    } catch (error) {
      throw error instanceof IntegrationRefusedError && !error.mayPass ? giveUp(error) : error;
    }
  });
  if (pointed !== env.PINNED_URI) throw new Error(`the integration points at ${pointed}`);
  return `points at ${env.PINNED_URI.split(":function:").at(-1)?.replace("/invocations", "")}`;
}

/**
 * All aliases in turn, wherever they are: the record does not know of a deployment in mid-stage. One that cannot be moved leaves those after it for the next run of the function.
 */
async function putCodeBack(env: PinEnv, clients: PinClients): Promise<CodeBack> {
  const { fetch, parameters, pauseMilliseconds } = clients;
  const code = await attempt(3, pauseMilliseconds, () => recordedCode(env, parameters));
  const version = code?.lastKnownGood;
  if (version === undefined) return { detail: "no version is recorded as last known-good" };
  for (const alias of env.API_ALIASES) {
    const update = { functionName: env.API_FUNCTION, alias, version };
    await attempt(5, pauseMilliseconds, async (giveUp) => {
      try {
        return await updateAlias(update, callerOf(env, fetch));
      } catch (error) {
        throw error instanceof AliasRefusedError && !error.mayPass ? giveUp(error) : error;
      }
    });
  }
  return { version, detail: `${env.API_ALIASES.join(" and ")} are at version ${version}` };
}

async function recordedCode(env: PinEnv, parameters: PinClients["parameters"]) {
  try {
    const { Parameter } = await parameters.send(new GetParameterCommand({ Name: env.CODE_PARAMETER }));
    return codeRecord.parse(JSON.parse(Parameter?.Value ?? "null"));
  } catch (error) {
    if (error instanceof ParameterNotFound) return undefined;
    throw error;
  }
}

function callerOf(env: PinEnv, fetch: typeof globalThis.fetch): Caller {
  return {
    region: env.AWS_REGION,
    endpoint: env.AWS_ENDPOINT_URL,
    credentials: {
      accessKeyId: env.AWS_ACCESS_KEY_ID,
      secretAccessKey: env.AWS_SECRET_ACCESS_KEY,
      ...(env.AWS_SESSION_TOKEN && { sessionToken: env.AWS_SESSION_TOKEN }),
    },
    fetch,
  };
}

/** The attributes are what subscriptions filter by, and what the notifier names the message in the record by. */
function publication(TopicArn: string, message: PinMessage): PublishCommand {
  const { body, subject, ...attributes } = message;
  const MessageAttributes = Object.fromEntries(
    Object.entries({ ...attributes, way: "pin" }).map(([name, StringValue]) => [
      name,
      { DataType: "String", StringValue },
    ]),
  );
  return new PublishCommand({ TopicArn, Subject: subject, Message: body, MessageAttributes });
}

async function recorded(
  { PIN_PARAMETER: Name }: PinEnv,
  parameters: PinClients["parameters"],
): Promise<Partial<Pin> | undefined> {
  try {
    const { Parameter } = await parameters.send(new GetParameterCommand({ Name }));
    return JSON.parse(Parameter?.Value ?? "{}") as Partial<Pin>;
  } catch (error) {
    if (error instanceof ParameterNotFound) return undefined;
    throw error;
  }
}

/** The first cause stays. */
async function record(env: PinEnv, parameters: PinClients["parameters"], pin: Pin): Promise<string> {
  const before = await recorded(env, parameters).catch(() => undefined);
  if (before?.pinned) return `recorded before, by ${before.cause}`;
  await put(env, parameters, pin);
  return "recorded";
}

/** People know; a drill, which records nothing, changes nothing. */
async function told(env: PinEnv, parameters: PinClients["parameters"]): Promise<string> {
  const before = await recorded(env, parameters);
  if (before?.pinned && before.told === false) await put(env, parameters, { ...before, told: true });
  return "";
}

async function put(
  { PIN_PARAMETER: Name }: PinEnv,
  parameters: PinClients["parameters"],
  pin: Partial<Pin>,
): Promise<void> {
  const Value = JSON.stringify(pin);
  await parameters.send(new PutParameterCommand({ Name, Value, Type: "String", Overwrite: true }));
}
