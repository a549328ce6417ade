import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AppConfigClient, StartDeploymentCommand } from "@aws-sdk/client-appconfig";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { VirtualClock } from "../../../../infra/local/clock.ts";
import type { Properties, Realiser } from "../../../../infra/local/realiser.ts";
import { LocalAws } from "../../../../infra/local/services/local-aws.ts";

const region = "eu-central-1";
const start = Date.UTC(2026, 0, 1);
const minute = 60_000;
const rollback = "arn:aws:lambda:eu-central-1:000000000000:function:rollback";

let directory: string;
let clock: VirtualClock;
let aws: LocalAws;
let endpoint: string;
let invoke: (functionArn: string, event: unknown) => Promise<unknown>;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "local-aws-"));
  clock = new VirtualClock(start);
  invoke = async () => undefined;
  aws = new LocalAws({ clock, directory, region, invoke: (arn, event) => invoke(arn, event) });
  endpoint = await aws.start();
});
afterEach(async () => {
  await aws.close();
  rmSync(directory, { recursive: true });
});

function realiserOf(type: string): Realiser {
  const found = aws.realisers().find((realiser) => realiser.types.includes(type));
  if (!found) throw new Error(`no realiser for ${type}`);
  return found;
}

const make = (type: string, inputs: Properties, name = "it") =>
  realiserOf(type).create({ type, name, inputs });

const alarmInputs = (topic: unknown): Properties => ({
  name: "part-lens-local-serverErrorsFast",
  namespace: "PartLens/local",
  metricName: "ServerErrors",
  dimensions: { Version: "v2" },
  statistic: "Sum",
  period: 10,
  evaluationPeriods: 3,
  datapointsToAlarm: 3,
  threshold: 2,
  comparisonOperator: "GreaterThanOrEqualToThreshold",
  treatMissingData: "notBreaching",
  alarmActions: [topic],
});

/** An application with one profile, an all-at-once strategy and an environment per name. */
async function makeAppConfig(environments: Readonly<Record<string, readonly unknown[]>>) {
  const application = await make("aws:appconfig/application:Application", { name: "part-lens" });
  const applicationId = application.id;
  const profile = await make("aws:appconfig/configurationProfile:ConfigurationProfile", {
    applicationId,
    name: "flags",
    locationUri: "hosted",
  });
  const strategy = await make("aws:appconfig/deploymentStrategy:DeploymentStrategy", {
    name: "all",
    deploymentDurationInMinutes: 0,
    finalBakeTimeInMinutes: 60,
    growthFactor: 100,
    replicateTo: "NONE",
  });
  const ids: Record<string, string> = {};
  for (const [name, alarmArns] of Object.entries(environments)) {
    const monitors = alarmArns.map((alarmArn) => ({ alarmArn, alarmRoleArn: "arn:role" }));
    const made = await make("aws:appconfig/environment:Environment", { applicationId, name, monitors });
    ids[name] = String(made.environmentId);
  }
  const place = { applicationId, configurationProfileId: profile.configurationProfileId };
  const version = async (content: string) =>
    make("aws:appconfig/hostedConfigurationVersion:HostedConfigurationVersion", {
      ...place,
      content,
      contentType: "application/json",
    });
  const deploy = (environment: string, configurationVersion: unknown) =>
    make("aws:appconfig/deployment:Deployment", {
      ...place,
      environmentId: ids[environment],
      configurationVersion: String(configurationVersion),
      deploymentStrategyId: strategy.id,
    });
  const live = (environment: string) =>
    aws.appConfig.live(
      String(applicationId),
      String(ids[environment]),
      String(profile.configurationProfileId),
    );
  return { place, ids, strategyId: String(strategy.id), version, deploy, live };
}

describe("the chain from an error to the kill switch", () => {
  it("adds AWS's delays up: evaluation, action, delivery, cold start, deployment and poll", async () => {
    const topic = await make("aws:sns/topic:Topic", { name: "rollback" });
    await make("aws:sns/topicSubscription:TopicSubscription", {
      topic: topic.arn,
      protocol: "lambda",
      endpoint: rollback,
    });
    await make("aws:cloudwatch/metricAlarm:MetricAlarm", alarmInputs(topic.arn));
    const { place, ids, strategyId, version, deploy, live } = await makeAppConfig({ cap: [] });
    const open = await version('{"cap":100}');
    const shut = await version('{"cap":0}');
    await deploy("cap", open.versionNumber);
    await clock.advance(61 * minute);
    // The rollback function's one call, through the ordinary client.
    invoke = async () => {
      const credentials = aws.sessions.forRole("arn:aws:iam::000000000000:role/rollback");
      const client = new AppConfigClient({ endpoint, region, credentials, maxAttempts: 1 });
      const command = new StartDeploymentCommand({
        ApplicationId: String(place.applicationId),
        ConfigurationProfileId: String(place.configurationProfileId),
        EnvironmentId: ids.cap,
        ConfigurationVersion: String(shut.versionNumber),
        DeploymentStrategyId: strategyId,
      });
      await client.send(command);
    };
    const errorsFrom = clock.now();
    for (let slot = 0; slot < 3; slot++) {
      const dimensions = { Version: "v2" };
      const timestamp = errorsFrom + slot * 10_000;
      aws.metrics.put({ namespace: "PartLens/local", name: "ServerErrors", dimensions, value: 2, timestamp });
    }
    await clock.advance(10 * minute);
    const condition = aws.alarms.history.find(({ to }) => to === "ALARM");
    // Three slots of 10 s and the ingestion delay.
    expect(condition?.at).toBe(errorsFrom + 40_000);
    // Action 5, delivery 1, cold start 3, deployment 5, poll 15.
    expect(live("cap")).toMatchObject({ content: '{"cap":0}', at: errorsFrom + 40_000 + 29_000 });
    expect(aws.topics.deliveries.filter(({ error }) => error)).toEqual([]);
  });
});

describe("a stage's deployment", () => {
  it("fails with the conflict while another bakes, and rolls back when its monitor fires", async () => {
    const alarm = await make("aws:cloudwatch/metricAlarm:MetricAlarm", alarmInputs("arn:none"));
    const { version, deploy, live } = await makeAppConfig({ rollout: [alarm.arn] });
    await clock.advance(minute);
    const [off, canary] = [await version("off"), await version("canary-5")];
    await deploy("rollout", off.versionNumber);
    await expect(deploy("rollout", canary.versionNumber)).rejects.toThrow("ConflictException");
    await clock.advance(60 * minute);
    expect(await deploy("rollout", canary.versionNumber)).toMatchObject({
      state: "BAKING",
      deploymentNumber: 2,
    });
    await clock.advance(minute);
    expect(live("rollout")?.content).toBe("canary-5");
    for (let slot = 0; slot < 3; slot++) {
      const timestamp = clock.now() + slot * 10_000;
      const point = { namespace: "PartLens/local", name: "ServerErrors", dimensions: { Version: "v2" } };
      aws.metrics.put({ ...point, value: 2, timestamp });
    }
    await clock.advance(minute + 30_000);
    expect(aws.appConfig.deployments.at(-1)?.state).toBe("ROLLED_BACK");
    expect(live("rollout")?.content).toBe("off");
  });

  it("is rolled back at once while its monitor has not been evaluated", async () => {
    const alarm = await make("aws:cloudwatch/metricAlarm:MetricAlarm", alarmInputs("arn:none"));
    const { version, deploy } = await makeAppConfig({ rollout: [alarm.arn] });
    const off = await version("off");
    expect(await deploy("rollout", off.versionNumber)).toMatchObject({ state: "ROLLED_BACK" });
  });
});

describe("every realiser", () => {
  const arn = "arn:aws:sns:eu-central-1:000000000000:it";
  it.each([
    ["aws:cloudwatch/metricAlarm:MetricAlarm", alarmInputs("arn:none")],
    ["aws:cloudwatch/compositeAlarm:CompositeAlarm", { alarmName: "any", alarmRule: "FALSE" }],
    ["aws:sns/topic:Topic", {}],
    ["aws:sns/topicSubscription:TopicSubscription", { topic: arn, protocol: "email", endpoint: "a@b.c" }],
    ["aws:sns/topicPolicy:TopicPolicy", { arn, policy: "{}" }],
    ["aws:appconfig/application:Application", {}],
    ["aws:ssm/parameter:Parameter", { name: "/a/b", type: "String", value: "1" }],
    ["aws:s3/bucket:Bucket", { bucket: "a-bucket" }],
    ["aws:iam/role:Role", { assumeRolePolicy: "{}" }],
  ] as const)("of %s makes, makes again, changes and removes", async (type, inputs) => {
    if (type.includes("sns/topicSub") || type.includes("sns/topicPol")) aws.topics.createTopic("it");
    const realiser = realiserOf(type);
    const wanted = { type, name: "it", inputs };
    const outputs = await realiser.create(wanted);
    expect(outputs.id).toEqual(expect.any(String));
    expect(await realiser.create(wanted)).toEqual(outputs);
    const changed = { ...wanted, inputs: { ...inputs, tags: { changed: "yes" } } };
    const updated = await realiser.update?.(changed, { ...wanted, outputs });
    if (updated) expect(updated.id).toBe(outputs.id);
    await realiser.delete?.({ ...wanted, outputs });
    await realiser.delete?.({ ...wanted, outputs });
  });
});

describe("an SSM parameter", () => {
  it("that others wrote to is taken over by a create and overwritten by an update", async () => {
    const type = "aws:ssm/parameter:Parameter";
    const inputs = { name: "/lock", type: "String", value: "open" };
    aws.parameters.put({ name: "/lock", value: "locked" });
    const outputs = await make(type, inputs);
    expect(aws.parameters.get("/lock")?.value).toBe("locked");
    await realiserOf(type).update?.({ type, name: "it", inputs }, { type, name: "it", inputs, outputs });
    expect(aws.parameters.get("/lock")).toMatchObject({ value: "open", version: 2 });
  });

  it("is still there after a restart", async () => {
    aws.parameters.put({ name: "/lock", value: "locked" });
    const again = new LocalAws({ clock, directory, region, invoke });
    expect(again.parameters.get("/lock")).toMatchObject({ value: "locked", version: 1 });
  });
});
