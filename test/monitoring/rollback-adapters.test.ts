import {
  ConflictException,
  ListDeploymentsCommand,
  StartDeploymentCommand,
  StopDeploymentCommand,
} from "@aws-sdk/client-appconfig";
import { PublishCommand } from "@aws-sdk/client-sns";
import { GetParameterCommand, PutParameterCommand } from "@aws-sdk/client-ssm";
import { describe, expect, it } from "vitest";
import { awsPorts } from "../../monitoring/rollback-adapters.ts";
import { rollbackEnv } from "../../monitoring/rollback-env.ts";

const env = rollbackEnv({
  STACK_ENVIRONMENT: "local",
  KILL_SWITCH: "app/switch/cap",
  TRIPPED_VERSION: "2",
  DEPLOYMENT_STRATEGY: "at-once",
  API_URL: "http://127.0.0.1:1/",
  NOTIFY_TOPIC: "arn:topic",
  LOCK_PARAMETER: "/part-lens/local/rollout/lock",
  ALARM_PREFIX: "part-lens-local-",
});

type Input = { input: object; constructor: { name: string } };

/** AWS as far as a rollback sees it. `running`: the version of a deployment that blocks others. */
function world({
  running = undefined as string | undefined,
  parameter = undefined as string | undefined,
} = {}) {
  const calls: { name: string; input: object }[] = [];
  const state = { running, parameter, health: [{ status: 200, body: {} as unknown }], failures: 0 };
  const send = async (command: unknown): Promise<unknown> => {
    const { input, constructor: type } = command as Input;
    calls.push({ name: type.name, input });
    if (state.failures-- > 0) throw new Error("throttled");
    if (command instanceof StartDeploymentCommand) {
      if (state.running) throw new ConflictException({ message: "another deployment", $metadata: {} });
      return { DeploymentNumber: 8 };
    }
    if (command instanceof ListDeploymentsCommand) {
      return {
        Items: [
          { DeploymentNumber: 7, State: "BAKING", ConfigurationVersion: state.running },
          { State: "COMPLETE" },
        ],
      };
    }
    if (command instanceof StopDeploymentCommand) state.running = undefined;
    if (command instanceof GetParameterCommand) return { Parameter: { Value: state.parameter } };
    if (command instanceof PutParameterCommand) state.parameter = command.input.Value;
    return { MessageId: "m-1" };
  };
  const fetch = async () => {
    const { status, body } = state.health.length > 1 ? state.health.shift()! : state.health[0]!;
    return new Response(JSON.stringify(body), { status });
  };
  const clients = {
    appConfig: { send },
    parameters: { send },
    topics: { send },
    fetch,
    pauseMilliseconds: 0,
  };
  return {
    calls,
    state,
    ports: awsPorts(env, clients as never),
    named: (name: string) => calls.filter((call) => call.name === name),
  };
}

const lock = {
  locked: true,
  cause: "rlsLeak",
  alsoFiring: [],
  at: "2026-11-23T12:00:00.000Z",
  to: "off",
} as const;

describe("the cap", () => {
  it("is the deployment of the tripped version in the kill switch's environment", async () => {
    const { ports, calls } = world();
    expect(await ports.cap0()).toBe("deployment 8");
    expect(calls).toMatchObject([
      {
        name: "StartDeploymentCommand",
        input: {
          ApplicationId: "app",
          EnvironmentId: "switch",
          ConfigurationProfileId: "cap",
          ConfigurationVersion: "2",
          DeploymentStrategyId: "at-once",
        },
      },
    ]);
  });

  it("stops another deployment that is in the way, with revert, and tries again", async () => {
    const { ports, named } = world({ running: "1" });
    expect(await ports.cap0()).toBe("deployment 8");
    expect(named("StopDeploymentCommand")).toMatchObject([
      { input: { DeploymentNumber: 7, AllowRevert: true } },
    ]);
    expect(named("StartDeploymentCommand")).toHaveLength(2);
  });

  it("leaves a deployment of the tripped version alone: stopping it would raise the cap again", async () => {
    const { ports, named } = world({ running: "2" });
    expect(await ports.cap0()).toBe("deployment 7 is on its way");
    expect(named("StopDeploymentCommand")).toEqual([]);
  });

  it("gives up at once on an error that is no conflict, which the SDK has tried again itself", async () => {
    const { ports, state, calls } = world();
    state.failures = 1;
    await expect(ports.cap0()).rejects.toThrow("throttled");
    expect(calls).toHaveLength(1);
  });
});

describe("the lock", () => {
  it("overwrites an open one, also after a failure", async () => {
    const { ports, state, named } = world({ parameter: '{"locked":false}' });
    state.failures = 1;
    expect(await ports.lock(lock)).toBe("locked");
    expect(JSON.parse(state.parameter!)).toEqual(lock);
    expect(named("PutParameterCommand")).toMatchObject([
      { input: { Name: env.LOCK_PARAMETER, Overwrite: true, Type: "String" } },
    ]);
  });

  it("keeps the first cause and adds the second alarm to those that also fired", async () => {
    const { ports, state } = world({ parameter: JSON.stringify(lock) });
    await ports.lock({
      ...lock,
      cause: "serverErrors",
      alsoFiring: ["slowShare", "rlsLeak"],
      at: "2026-11-23T12:01:00.000Z",
    });
    expect(JSON.parse(state.parameter!)).toEqual({ ...lock, alsoFiring: ["serverErrors", "slowShare"] });
  });

  it("is set though the old value cannot be read", async () => {
    const { ports, state } = world({ parameter: "not json" });
    await ports.lock(lock);
    expect(JSON.parse(state.parameter!)).toEqual(lock);
  });
});

describe("the effective percent", () => {
  it.each([
    { body: { percent: 50, cap: 100 }, percent: 50 },
    { body: { percent: 50, cap: 0 }, percent: 0 },
    { body: { percent: 0, cap: 100 }, percent: 0 },
    { body: { percent: null, cap: null }, percent: undefined },
    { body: { percent: 0 }, percent: undefined },
    { body: { percent: 0, cap: null }, percent: undefined },
  ])("of $body is $percent", async ({ body, percent }) => {
    const { ports, state } = world();
    state.health = [{ status: 503, body }];
    expect(await ports.effectivePercent()).toBe(percent);
  });
});

describe("the proof of v1", () => {
  it("asks again until v1 answers", async () => {
    const { ports, state } = world();
    const good = { status: 200, body: { status: "ok", version: "v1" } };
    state.health = [{ status: 503, body: {} }, { status: 200, body: { version: "v2" } }, good];
    expect(await ports.proveV1()).toBe("v1 answers");
  });

  it("fails with what it saw when v1 does not answer", async () => {
    const { ports, state } = world();
    state.health = [{ status: 503, body: { code: "unavailable" } }];
    await expect(ports.proveV1()).rejects.toThrow('v1 answered 503 {"code":"unavailable"}');
  });
});

it("publishes the notification with its severity", async () => {
  const { ports, calls } = world();
  const notification = { severity: "critical", contacts: [], subject: "s", body: "b" } as const;
  expect(await ports.notify(notification)).toBe("message m-1");
  expect(calls).toMatchObject([
    {
      name: PublishCommand.name,
      input: {
        TopicArn: "arn:topic",
        Subject: "s",
        Message: "b",
        MessageAttributes: { severity: { StringValue: "critical" } },
      },
    },
  ]);
});

it("names every variable that is missing or wrong in one message", () => {
  expect(() => rollbackEnv({ KILL_SWITCH: "app", TRIPPED_VERSION: "two" })).toThrow(
    /STACK_ENVIRONMENT.*KILL_SWITCH: must be.*TRIPPED_VERSION: must be.*DEPLOYMENT_STRATEGY.*API_URL.*NOTIFY_TOPIC.*LOCK_PARAMETER.*ALARM_PREFIX/,
  );
});
