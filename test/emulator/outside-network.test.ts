/**
 * What works outside the network, in the emulator with the roles and variables that the program plans for dev: the
 * notifier and the judge as they are bundled, and the role that AppConfig looks at its monitors with.
 */
import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  DisableAlarmActionsCommand,
} from "@aws-sdk/client-cloudwatch";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { CreateTopicCommand, SNSClient } from "@aws-sdk/client-sns";
import { GetParameterCommand, PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { capDocument } from "../../flags/document.ts";
import { incidentFiles } from "../../monitoring/incident/incident-folder.ts";
import { bucketIncidents } from "../../monitoring/incident/incident-store-adapter.ts";
import type { Telling } from "../../monitoring/incident/outbox.ts";
import { publishTo } from "../../monitoring/incident/publish-adapter.ts";
import { entryBucket, logPrefix } from "../../monitoring/rollout/aws/entry-bucket-adapter.ts";
import { serviceParameter } from "../../monitoring/rollout/aws/service-facts.ts";
import { numberedEventLog } from "../../monitoring/rollout/numbered-log.ts";
import { patience } from "../support/patience.ts";
import { makeAlarm, setAlarm } from "./alarm.ts";
import { type AwsCall, awsCall } from "./aws-call.ts";
import { account, type Emulator, region, startEmulator } from "./emulator.ts";
import { FlagPlace } from "./flag-place.ts";
import { roleCredentials } from "./function-roles.ts";
import { type Inbox, startInbox } from "./inbox.ts";
import { installEmulator } from "./install-emulator.ts";
import { makeFunction } from "./make-function.ts";
import { makePlannedRole, type PlannedStack, plannedStack } from "./planned-stack.ts";
import { tell } from "./rollback-chain.ts";

const installed = installEmulator();
if ("missing" in installed) console.log(`skipped, nothing runs outside the network: ${installed.missing}`);

const evidence = "part-lens-dev-evidence-000000000000";
const alertsArn = `arn:aws:sns:${region}:${account}:alerts`;
const telling: Omit<Telling, "subject"> = {
  incident: "of-a-test",
  transition: "control-test",
  way: "control",
  mode: "rollback",
  cause: "test",
  complete: true,
  severity: "critical",
  body: "a test",
  steps: [],
  writtenAt: "2026-01-01T00:00:00.000Z",
};
const lockParameter = "/part-lens/dev/rollout/lock";

describe.skipIf("missing" in installed)("in the emulator, with its role of dev", () => {
  let emulator: Emulator;
  let call: AwsCall;
  let dev: PlannedStack;
  let inbox: Inbox;
  let flags: FlagPlace;

  beforeAll(async () => {
    if ("missing" in installed) return;
    emulator = await startEmulator(installed.python);
    for (const [name, value] of Object.entries(emulator.variables)) vi.stubEnv(name, value);
    vi.stubEnv("AWS_SESSION_TOKEN", undefined);
    call = awsCall(emulator.endpoint);
    inbox = await startInbox();
    flags = await FlagPlace.make();
    const versions = { "kill-switch-armed": "1", "kill-switch-tripped": "2" } as Record<string, string>;
    dev = await plannedStack("dev", (reference) => {
      if (reference.type === "aws:apigatewayv2/api:Api") return inbox.url;
      if (reference.property === "versionNumber") return versions[reference.name];
      return flags.known(reference);
    });
    await new S3Client({ forcePathStyle: true }).send(new CreateBucketCommand({ Bucket: evidence }));
    await new SNSClient({}).send(new CreateTopicCommand({ Name: "alerts" }));
    await tell(inbox, alertsArn);
  });
  beforeEach(({ onTestFailed }) => {
    onTestFailed(() => console.log(emulator?.log()));
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    inbox?.close();
    await emulator?.stop();
  });

  async function define(name: "notifier" | "judge"): Promise<void> {
    const role = await makePlannedRole(call, dev, name);
    await makeFunction({ call, emulator }, name, { role, variables: dev.variables(name), name });
  }
  const invoke = async (name: string, event: object) =>
    JSON.parse(await call.lambda(`/2015-03-31/functions/${name}/invocations`, event));
  const told = () => inbox.messages("Notification").map(({ Subject }) => Subject);

  test("AppConfig looks at the five monitors, and may do nothing else with alarms", async () => {
    const monitors = ["rlsLeak", "rlsRefused", "serverErrorsFast", "serverErrors", "slowShare"];
    for (const key of monitors) await makeAlarm(call, `part-lens-dev-${key}`, []);
    await setAlarm(call, "part-lens-dev-rlsLeak", "ALARM");
    const credentials = await roleCredentials(await makePlannedRole(call, dev, "flags-monitor"));
    const look = (key: string) =>
      new CloudWatchClient({ credentials }).send(
        new DescribeAlarmsCommand({ AlarmNames: [`part-lens-dev-${key}`] }),
      );
    const states = [];
    for (const key of monitors)
      states.push((await look(key)).MetricAlarms?.map(({ StateValue }) => StateValue));
    expect(states).toEqual([["ALARM"], ["OK"], ["OK"], ["OK"], ["OK"]]);
    // That it is these five and no other, the emulator cannot judge; the plan says it.
    expect(JSON.parse(dev.policy("flags-monitor")).Statement).toEqual([
      {
        Effect: "Allow",
        Action: "cloudwatch:DescribeAlarms",
        Resource: monitors.map((key) => `arn:aws:cloudwatch:${region}:${account}:alarm:part-lens-dev-${key}`),
      },
    ]);
    const silence = new DisableAlarmActionsCommand({ AlarmNames: ["part-lens-dev-rlsLeak"] });
    await expect(new CloudWatchClient({ credentials }).send(silence)).rejects.toThrow(/not authorized/);
  });

  test("the host of the port forward reports itself, as Session Manager's agent does, and may do nothing else", async () => {
    const credentials = await roleCredentials(await makePlannedRole(call, dev, "port-forward"));
    const agent = awsCall(emulator.endpoint, credentials);
    // The emulator judges the report before it says that it does not know it.
    const report = { InstanceId: "i-0", AgentVersion: "3.3", AgentStatus: "Active" };
    await expect(agent.systems("UpdateInstanceInformation", report)).rejects.toThrow(/Unknown action/);
    for (const operation of [
      "StartSession",
      "SendCommand",
      "GetParametersByPath",
      "DescribeInstanceInformation",
    ])
      await expect(agent.systems(operation, { Path: "/part-lens/dev/" })).rejects.toThrow(/not authorized/);
    // Its channels are of a service that the emulator has not; the plan says that they are all it has besides.
    expect(JSON.parse(dev.policy("port-forward")).Statement).toEqual([
      {
        Sid: "Sessions",
        Effect: "Allow",
        Action: [
          "ssm:UpdateInstanceInformation",
          "ssmmessages:CreateControlChannel",
          "ssmmessages:CreateDataChannel",
          "ssmmessages:OpenControlChannel",
          "ssmmessages:OpenDataChannel",
        ],
        Resource: "*",
      },
    ]);
  });

  test("the notifier takes an alarm to the chat and into the record, and sends what was left in an outbox", async () => {
    await define("notifier");
    const webhook = { Name: "/part-lens/dev/chat-webhook", Value: JSON.stringify({ url: inbox.url }) };
    await new SSMClient({}).send(new PutParameterCommand({ ...webhook, Type: "SecureString" }));
    const at = new Date(Date.now() - 600_000).toISOString();
    const alarm = {
      AlarmName: "part-lens-dev-integrityJob",
      NewStateValue: "ALARM",
      NewStateReason: "silent",
    };
    const Sns = {
      MessageId: "1",
      TopicArn: alertsArn,
      Subject: "ALARM",
      Message: JSON.stringify({ ...alarm, StateChangeTime: at }),
      Timestamp: at,
    };
    expect(await invoke("notifier", { Records: [{ Sns }] })).toEqual([expect.stringMatching(/: posted$/)]);
    const chat = inbox.messages().filter(({ Type }) => Type === undefined);
    expect(chat).toEqual([expect.objectContaining({ way: "alert", subject: "ALARM" })]);

    const incidents = bucketIncidents(evidence);
    const [folder] = (await incidents.list("incidents/")).map((key) => key.split("/")[1] ?? "");
    const entry = { ...chat[0], incident: folder, transition: "alert-left-behind", cause: "left" };
    const left = {
      ...entry,
      complete: true,
      body: "left behind",
      subject: "left behind",
      steps: [],
      writtenAt: at,
    };
    await incidents.put(incidentFiles.outbox(folder ?? "", "alert-left-behind"), JSON.stringify(left));
    expect(await invoke("notifier", { sweepHours: 24 })).toEqual([
      expect.stringMatching(/^alert-left-behind: /),
    ]);
    await vi.waitFor(() => expect(told()).toEqual(["left behind"]), patience);
  });

  test("the judge records a rollback that it was not asked for, and writes what the program reads", async () => {
    await define("judge");
    const facts = { Name: serviceParameter("dev"), Value: dev.serviceFacts, Type: "String" } as const;
    const ssm = new SSMClient({});
    await ssm.send(new PutParameterCommand(facts));
    const log = numberedEventLog(
      entryBucket({ bucket: evidence, prefix: logPrefix }, new S3Client({ forcePathStyle: true })),
    );
    const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();
    await log.append({ kind: "advanced", at: ago(30), actor: "ada", to: "canary-5", cohort: ["a yacht"] }, 0);
    const lock = { locked: true, cause: "rlsLeak", at: ago(2), to: "off" };
    await ssm.send(
      new PutParameterCommand({ Name: lockParameter, Value: JSON.stringify(lock), Type: "String" }),
    );
    expect(await invoke("judge", {})).not.toHaveProperty("errorMessage");

    expect(await log.read()).toEqual([
      expect.objectContaining({ kind: "advanced" }),
      expect.objectContaining({ kind: "rolledBack", to: "off", cause: "rlsLeak" }),
    ]);
    const { Parameter } = await ssm.send(new GetParameterCommand({ Name: "/part-lens/dev/rollout/cohort" }));
    expect(Parameter?.Value).toBeDefined();
  });

  test("the judge stops a deployment that bakes, deploys the one below it, and tells people", async () => {
    const [low, high] = [
      await flags.version("rollout", capDocument(0)),
      await flags.version("rollout", capDocument(100)),
    ];
    const administrators = flags.deployments("rollout");
    await administrators.deploy({ version: low, strategyId: flags.strategy(0), description: "first" });
    await administrators.deploy({ version: high, strategyId: flags.strategy(60), description: "up" });
    const credentials = await roleCredentials(`arn:aws:iam::${account}:role/part-lens-dev-judge`);
    const judge = flags.deployments("rollout", credentials);
    expect((await judge.deployments())[0]).toMatchObject({ version: high, state: "BAKING" });
    await judge.deploy({ version: low, strategyId: flags.strategy(0), description: "down" });
    await vi.waitFor(async () => expect(await judge.document()).toBe(capDocument(0)), patience);

    const publish = publishTo(alertsArn, new SNSClient({ credentials }));
    await publish({ ...telling, subject: "of the judge" });
    await vi.waitFor(() => expect(told()).toContain("of the judge"), patience);
  });

  test("what reconciles after a rollback starts the delivery runner's build, and changes none", async () => {
    const prod = await plannedStack("prod");
    const role = await makePlannedRole(call, prod, "reconcile");
    const name = "part-lens-prod-delivery";
    await call.build("CreateProject", {
      name,
      source: { type: "NO_SOURCE", buildspec: "version: 0.2" },
      artifacts: { type: "NO_ARTIFACTS" },
      environment: { type: "ARM_CONTAINER", image: "none", computeType: "BUILD_GENERAL1_SMALL" },
      serviceRole: role,
    });
    const own = awsCall(emulator.endpoint, await roleCredentials(role));
    const { build } = JSON.parse(await own.build("StartBuild", { projectName: name }));
    expect(build).toMatchObject({ projectName: name });
    await expect(own.build("UpdateProject", { name })).rejects.toThrow(/not authorized/);
    // That it is this build and no other, the emulator cannot judge; the plan says it.
    const arn = `arn:aws:codebuild:${region}:${account}:project/${name}`;
    const statement = { Sid: "Start", Effect: "Allow", Action: "codebuild:StartBuild", Resource: arn };
    expect(JSON.parse(prod.policy("reconcile")).Statement).toEqual([statement]);
  });
});
