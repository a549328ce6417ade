import {
  ConflictException,
  ListDeploymentsCommand,
  StartDeploymentCommand,
  StopDeploymentCommand,
} from "@aws-sdk/client-appconfig";
import { DescribeAlarmsCommand } from "@aws-sdk/client-cloudwatch";
import { PublishCommand } from "@aws-sdk/client-sns";
import { GetParameterCommand, ParameterNotFound, PutParameterCommand } from "@aws-sdk/client-ssm";
import { describe, expect, it } from "vitest";
import { awsPorts } from "../../monitoring/rollback-adapters.ts";
import { rollbackEnv } from "../../monitoring/rollback-env.ts";
import { incidentMap, tellingOf } from "../support/incidents.ts";

const env = rollbackEnv({
  STACK_ENVIRONMENT: "local",
  KILL_SWITCH: "app/switch/cap",
  TRIPPED_VERSION: "2",
  DEPLOYMENT_STRATEGY: "at-once",
  API_URL: "http://127.0.0.1:1/",
  NOTIFY_TOPIC: "arn:topic",
  LOCK_PARAMETER: "/part-lens/local/rollout/lock",
  PARAMETER_PATH: "/part-lens/local/rollout/",
  ALARM_PREFIX: "part-lens-local-",
  FLAG_DOCUMENT: "app/rollout/flags",
  EVIDENCE_BUCKET: "evidence",
  API_FUNCTION: "part-lens-local-api",
  AWS_LAMBDA_LOG_GROUP_NAME: "/aws/lambda/part-lens-local-rollback",
  MIGRATION_HASH: "abc",
  CONTACTS: '{"critical":["ops"],"warning":[]}',
  TENANTS: "2",
});

type Input = { input: object; constructor: { name: string } };

/** AWS as far as a rollback sees it. `running`: the version of a deployment that blocks others. */
function world({
  running = undefined as string | undefined,
  parameter = undefined as string | undefined,
} = {}) {
  const calls: { name: string; input: object }[] = [];
  const state = {
    running,
    parameter,
    health: [{ status: 200, body: {} as unknown }],
    failures: 0,
    alarms: [] as object[],
  };
  const objects = new Map<string, string>();
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
    if (command instanceof GetParameterCommand) {
      if (state.parameter === undefined) throw new ParameterNotFound({ message: "none", $metadata: {} });
      return { Parameter: { Value: state.parameter } };
    }
    if (command instanceof DescribeAlarmsCommand) return { MetricAlarms: state.alarms };
    if (command instanceof PutParameterCommand) state.parameter = command.input.Value;
    return { MessageId: "m-1" };
  };
  const fetch = async () => {
    const { status, body } = state.health.length > 1 ? state.health.shift()! : state.health[0]!;
    return new Response(JSON.stringify(body), { status });
  };
  const clients = {
    appConfig: { send },
    alarms: { send },
    incidents: async () => incidentMap(objects),
    parameters: { send },
    topics: { send },
    fetch,
    pauseMilliseconds: 0,
  };
  return {
    calls,
    objects,
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
  incident: "2026-11-23T12:00:00.000Z",
  by: "killSwitch-rlsLeak-20261123T120000000Z",
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
    expect(await ports.lock(lock)).toEqual({ detail: "locked" });
    expect(JSON.parse(state.parameter!)).toEqual(lock);
    expect(named("PutParameterCommand")).toMatchObject([
      { input: { Name: env.LOCK_PARAMETER, Overwrite: true, Type: "String" } },
    ]);
  });

  it("keeps the first cause and adds the second alarm to those that also fired", async () => {
    const { ports, state } = world({ parameter: JSON.stringify(lock) });
    const later = await ports.lock({
      ...lock,
      cause: "serverErrors",
      alsoFiring: ["slowShare", "rlsLeak"],
      at: "2026-11-23T12:01:00.000Z",
      incident: "2026-11-23T12:01:00.000Z",
      by: "killSwitch-serverErrors-20261123T120100000Z",
    });
    expect(later.before).toEqual({ incident: lock.incident, by: lock.by });
    expect(JSON.parse(state.parameter!)).toEqual({ ...lock, alsoFiring: ["serverErrors", "slowShare"] });
  });

  it("is set though the old value cannot be read", async () => {
    const { ports, state } = world({ parameter: "not json" });
    await ports.lock(lock);
    expect(JSON.parse(state.parameter!)).toEqual(lock);
  });
});

describe("what is held", () => {
  it.each([
    [undefined, false],
    ['{"locked":false}', false],
    [JSON.stringify(lock), { incident: lock.incident, by: lock.by }],
    ['{"locked":true,"cause":"x"}', {}],
  ])("by the lock %s is %j", async (parameter, expected) => {
    expect(await world({ parameter }).ports.held()).toEqual(expected);
  });

  it("cannot be told when the lock cannot be read", async () => {
    const { ports, state } = world();
    state.failures = 1;
    await expect(ports.held()).rejects.toThrow("throttled");
  });
});

it("knows which alarms that roll back are firing, whatever else is", async () => {
  const { calls, ports, state } = world();
  const keys = ["slowShare", "rlsLeak", "unsignedAttempt", "drill"];
  state.alarms = keys.map((key) => ({ AlarmName: `part-lens-local-${key}` }));
  expect(await ports.firing()).toEqual(["slowShare", "rlsLeak"]);
  expect(calls).toMatchObject([
    { input: { AlarmNamePrefix: "part-lens-local-", StateValue: "ALARM", AlarmTypes: ["MetricAlarm"] } },
  ]);
});

describe("the exposure", () => {
  it.each([
    { body: { percent: 50, cap: 100 }, exposure: { percent: 50, cap: 100 } },
    { body: { percent: null, cap: null }, exposure: { percent: undefined, cap: undefined } },
    { body: { percent: 0 }, exposure: { percent: 0, cap: undefined } },
  ])("of $body is $exposure", async ({ body, exposure }) => {
    const { ports, state } = world();
    state.health = [{ status: 503, body }];
    expect(await ports.exposure()).toEqual(exposure);
  });
});

describe("the proof of v1", () => {
  it("asks again until v1 answers", async () => {
    const { ports, state } = world();
    const good = { status: 200, body: { status: "ok", version: "v1", tenants: 2 } };
    state.health = [{ status: 503, body: {} }, good, { status: 200, body: { version: "v2" } }, good];
    expect(await ports.proveV1()).toBe(
      "v1 answered 3 times, each time after it had read MASTER and 2 tenants",
    );
  });

  it("fails when v1 reads fewer tenants than there are", async () => {
    const { ports, state } = world();
    state.health = [{ status: 200, body: { version: "v1", tenants: 1 } }];
    await expect(ports.proveV1()).rejects.toThrow("v1 read 1 of 2 tenants");
  });

  it("fails with what it saw when v1 does not answer", async () => {
    const { ports, state } = world();
    state.health = [{ status: 503, body: { code: "unavailable" } }];
    await expect(ports.proveV1()).rejects.toThrow('v1 answered 503 {"code":"unavailable"}');
  });
});

it("stores the message, publishes it with what subscriptions filter by, and keeps the receipt", async () => {
  const { calls, objects, ports } = world();
  expect(await ports.notify(tellingOf({ subject: "s", body: "b" }))).toBe("message m-1");
  expect(calls).toMatchObject([
    {
      name: PublishCommand.name,
      input: {
        TopicArn: "arn:topic",
        Subject: "s",
        Message: "b",
        MessageAttributes: { severity: { StringValue: "critical" }, mode: { StringValue: "rollback" } },
      },
    },
  ]);
  expect([...objects.keys()]).toEqual([
    "incidents/2026-11-23T12:00:00.000Z/outbox/killSwitch-rlsLeak-20261123T120000000Z.json",
    "incidents/2026-11-23T12:00:00.000Z/outbox/killSwitch-rlsLeak-20261123T120000000Z.sns.json",
  ]);
});

it("names every variable that is missing or wrong in one message", () => {
  expect(() => rollbackEnv({ KILL_SWITCH: "app", TRIPPED_VERSION: "two" })).toThrow(
    /STACK_ENVIRONMENT.*KILL_SWITCH: must be.*API_URL.*PARAMETER_PATH.*ALARM_PREFIX.*TRIPPED_VERSION: must be.*DEPLOYMENT_STRATEGY.*NOTIFY_TOPIC.*LOCK_PARAMETER.*EVIDENCE_BUCKET.*CONTACTS.*TENANTS/,
  );
});
