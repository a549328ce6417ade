import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  AppConfigClient,
  CreateHostedConfigurationVersionCommand,
  GetDeploymentCommand,
  GetEnvironmentCommand,
  GetHostedConfigurationVersionCommand,
  ListDeploymentsCommand,
  StartDeploymentCommand,
  StopDeploymentCommand,
} from "@aws-sdk/client-appconfig";
import { PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import {
  DeleteParameterCommand,
  GetParameterCommand,
  GetParameterHistoryCommand,
  GetParametersByPathCommand,
  PutParameterCommand,
  SSMClient,
} from "@aws-sdk/client-ssm";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { VirtualClock } from "../../../../infra/local/clock.ts";
import { LocalAws } from "../../../../infra/local/services/local-aws.ts";
import { type Credentials, roleArn } from "../../../../infra/local/services/session-service.ts";

const region = "eu-central-1";
const directory = mkdtempSync(join(tmpdir(), "local-aws-"));
const clock = new VirtualClock(Date.UTC(2026, 0, 1));
const aws = new LocalAws({ clock, directory, region, invoke: async () => undefined });
let endpoint: string;

beforeAll(async () => {
  endpoint = await aws.start();
});
afterAll(async () => {
  await aws.close();
  rmSync(directory, { recursive: true });
});

const settings = (credentials: Credentials = aws.sessions.administrator) => ({
  endpoint,
  region,
  credentials,
  maxAttempts: 1,
});

/** The name of the error that a promise is rejected with. */
const refusal = (promise: Promise<unknown>) =>
  promise.then(
    () => "not refused",
    (error: Error) => error.name,
  );

describe("SSM's client", () => {
  it("puts, reads and lists parameters, and needs overwrite for a second value", async () => {
    const ssm = new SSMClient(settings());
    const Name = "/part-lens/local/rollout/lock";
    const put = (Value: string, Overwrite?: boolean) =>
      ssm.send(new PutParameterCommand({ Name, Value, Type: "String", Overwrite }));
    expect((await put('{"locked":false}')).Version).toBe(1);
    expect(await refusal(put("{}"))).toBe("ParameterAlreadyExists");
    expect((await put('{"locked":true}', true)).Version).toBe(2);
    const { Parameter } = await ssm.send(new GetParameterCommand({ Name }));
    expect(Parameter).toMatchObject({ Name, Value: '{"locked":true}', Version: 2, Type: "String" });
    expect(Parameter?.LastModifiedDate?.getTime()).toBe(clock.now());
    const { Parameters } = await ssm.send(new GetParameterHistoryCommand({ Name }));
    expect(Parameters).toMatchObject([{ Version: 2, LastModifiedUser: expect.stringMatching(/:user\//) }]);
    const page = await ssm.send(
      new GetParametersByPathCommand({ Path: "/part-lens/local", Recursive: true }),
    );
    expect(page.Parameters?.map((parameter) => parameter.Name)).toEqual([Name]);
    const direct = await ssm.send(new GetParametersByPathCommand({ Path: "/part-lens/local" }));
    expect(direct.Parameters).toEqual([]);
  });

  it("is told which parameter or operation does not exist", async () => {
    const ssm = new SSMClient(settings());
    expect(await refusal(ssm.send(new GetParameterCommand({ Name: "/none" })))).toBe("ParameterNotFound");
    const unknown = ssm.send(new DeleteParameterCommand({ Name: "/none" }));
    await expect(unknown).rejects.toThrow("SSM operation DeleteParameter is not simulated");
  });
});

describe("SNS's client", () => {
  it("publishes to a topic that exists", async () => {
    const topic = aws.topics.createTopic("notify");
    aws.topics.subscribe({ topic, protocol: "email", endpoint: "ops@example.org" });
    const sns = new SNSClient(settings());
    const Message = 'rolled back: <"5 & 6">';
    const { MessageId } = await sns.send(new PublishCommand({ TopicArn: topic, Subject: "alert", Message }));
    expect(MessageId).toMatch(/^[0-9a-f-]{36}$/);
    await clock.advance(1_000);
    expect(aws.topics.deliveries.at(-1)).toMatchObject({ subject: "alert", message: Message });
    const nowhere = sns.send(new PublishCommand({ TopicArn: `${topic}-2`, Message }));
    expect(await refusal(nowhere)).toMatch(/NotFound/);
  });
});

describe("AppConfig's client", () => {
  it("creates a version, deploys it, meets the conflict and stops it", async () => {
    const ApplicationId = aws.appConfig.putApplication("part-lens");
    const EnvironmentId = aws.appConfig.putEnvironment(ApplicationId, "kill-switch", []);
    const profile = aws.appConfig.putProfile(ApplicationId, "cap");
    const strategy = { name: "s", deploymentDurationInMinutes: 0, finalBakeTimeInMinutes: 10 };
    const DeploymentStrategyId = aws.appConfig.putStrategy(strategy);
    const client = new AppConfigClient(settings());
    const version = await client.send(
      new CreateHostedConfigurationVersionCommand({
        ApplicationId,
        ConfigurationProfileId: profile,
        Content: new TextEncoder().encode('{"cap":0}'),
        ContentType: "application/json",
      }),
    );
    expect(version.VersionNumber).toBe(1);
    const start = () =>
      client.send(
        new StartDeploymentCommand({
          ApplicationId,
          EnvironmentId,
          ConfigurationProfileId: profile,
          ConfigurationVersion: "1",
          DeploymentStrategyId,
        }),
      );
    expect(await start()).toMatchObject({ State: "BAKING", DeploymentNumber: 1, FinalBakeTimeInMinutes: 10 });
    expect(await refusal(start())).toBe("ConflictException");
    const place = { ApplicationId, EnvironmentId, DeploymentNumber: 1 };
    expect(await refusal(client.send(new StopDeploymentCommand(place)))).toBe("BadRequestException");
    const stopped = await client.send(new StopDeploymentCommand({ ...place, AllowRevert: true }));
    expect(stopped.State).toBe("ROLLED_BACK");
    const shown = await client.send(new GetDeploymentCommand(place));
    expect(shown.StartedAt?.getTime()).toBe(clock.now());
    expect(shown.EventLog).toHaveLength(3);
    const list = await client.send(new ListDeploymentsCommand({ ApplicationId, EnvironmentId }));
    expect(list.Items?.map((item) => item.State)).toEqual(["ROLLED_BACK"]);
    const environment = await client.send(new GetEnvironmentCommand({ ApplicationId, EnvironmentId }));
    expect(environment).toMatchObject({ Name: "kill-switch", State: "READY_FOR_DEPLOYMENT" });
    const stored = await client.send(
      new GetHostedConfigurationVersionCommand({
        ApplicationId,
        ConfigurationProfileId: profile,
        VersionNumber: 1,
      }),
    );
    expect(new TextDecoder().decode(stored.Content)).toBe('{"cap":0}');
    expect(stored.VersionNumber).toBe(1);
  });
});

describe("STS's client", () => {
  const api = roleArn("api");
  const signing = roleArn("storage-signer");
  const trust = (...actions: string[]) =>
    JSON.stringify({ Statement: [{ Effect: "Allow", Principal: { AWS: api }, Action: actions }] });
  const assume = (RoleArn: string, credentials: Credentials, tagged = true) =>
    new STSClient(settings(credentials)).send(
      new AssumeRoleCommand({
        RoleArn,
        RoleSessionName: "request-1",
        DurationSeconds: 900,
        ...(tagged && { Tags: [{ Key: "yacht_id", Value: "yacht-a" }] }),
      }),
    );

  it("gets credentials with the session's tags, for the time it asked", async () => {
    aws.sessions.putRole({
      arn: signing,
      name: "storage-signer",
      assumeRolePolicy: trust("sts:AssumeRole", "sts:TagSession"),
    });
    const { Credentials: issued, AssumedRoleUser } = await assume(signing, aws.sessions.forRole(api));
    const session = aws.sessions.find(issued?.AccessKeyId ?? "");
    expect(session).toMatchObject({ role: signing, tags: { yacht_id: "yacht-a" } });
    expect(issued?.Expiration?.getTime()).toBeLessThanOrEqual(Date.now() + 900_000);
    expect(AssumedRoleUser?.Arn).toMatch(/assumed-role\/storage-signer\/request-1$/);
  });

  it("is refused a role that does not exist, does not trust it, or does not let it tag", async () => {
    expect(await refusal(assume(roleArn("nobody"), aws.sessions.forRole(api)))).toBe("AccessDenied");
    expect(await refusal(assume(signing, aws.sessions.forRole(roleArn("other"))))).toBe("AccessDenied");
    const untagged = roleArn("untagged");
    aws.sessions.putRole({ arn: untagged, name: "untagged", assumeRolePolicy: trust("sts:AssumeRole") });
    expect(await refusal(assume(untagged, aws.sessions.forRole(api)))).toBe("AccessDenied");
    expect(await refusal(assume(untagged, aws.sessions.forRole(api), false))).toBe("not refused");
  });
});

describe("a client with wrong credentials", () => {
  it.each([
    ["an unknown key", () => ({ accessKeyId: "AKIAUNKNOWN", secretAccessKey: "x" }), "InvalidAccessKeyId"],
    [
      "a wrong secret",
      () => ({ ...aws.sessions.administrator, secretAccessKey: "wrong" }),
      "SignatureDoesNotMatch",
    ],
    [
      "another session's token",
      () => ({ ...aws.sessions.forRole("a"), sessionToken: aws.sessions.forRole("b").sessionToken ?? "" }),
      "InvalidToken",
    ],
  ])("is refused for %s", async (_, credentials, expected) => {
    const ssm = new SSMClient(settings(credentials()));
    expect(await refusal(ssm.send(new GetParameterCommand({ Name: "/x" })))).toBe(expected);
  });

  it("is refused when it signed for another region", async () => {
    const ssm = new SSMClient({ ...settings(), region: "us-east-1" });
    expect(await refusal(ssm.send(new GetParameterCommand({ Name: "/x" })))).toBe("AccessDenied");
  });
});

describe("a request without a signature", () => {
  it("is refused", async () => {
    const response = await fetch(`${endpoint}/bucket/key`);
    expect(response.status).toBe(403);
    expect(await response.text()).toContain("the request is not signed");
  });
});
