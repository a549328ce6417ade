/**
 * The adapters of the rollout's control, with real SDK clients, against an emulator of AWS. What it lacks is proven
 * elsewhere or not at all: its lists of hosted versions have no descriptions, which AWS's reference says they have.
 */
import {
  AppConfigClient,
  CreateHostedConfigurationVersionCommand,
  GetDeploymentCommand,
} from "@aws-sdk/client-appconfig";
import { AppConfigDataClient } from "@aws-sdk/client-appconfigdata";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { capDocument } from "../../flags/document.ts";
import { entryBucket } from "../../monitoring/rollout/aws/entry-bucket-adapter.ts";
import { FlagDeployments } from "../../monitoring/rollout/aws/flag-deployments-adapter.ts";
import { parameterStore, readServiceFacts } from "../../monitoring/rollout/aws/parameters-adapter.ts";
import type { RolloutEvent } from "../../monitoring/rollout/event.ts";
import { LogMovedError } from "../../monitoring/rollout/event-log.ts";
import { numberedEventLog } from "../../monitoring/rollout/numbered-log.ts";
import { patience } from "../support/patience.ts";
import { type Document, newDocument } from "./documents.ts";
import { administrator, type Emulator, startEmulator } from "./emulator.ts";
import { installEmulator } from "./install-emulator.ts";

const installed = installEmulator();
if ("missing" in installed) console.log(`skipped, no emulator of AWS: ${installed.missing}`);

const held = (reason: string): RolloutEvent => ({
  kind: "held",
  at: "2026-11-23T12:00:00.000Z",
  actor: "ada",
  reason,
});

describe.skipIf("missing" in installed)("the rollout's control on the emulator of AWS", () => {
  let emulator: Emulator;
  beforeAll(async () => {
    if ("missing" in installed) return;
    emulator = await startEmulator(installed.python);
    for (const [name, value] of Object.entries(emulator.variables)) vi.stubEnv(name, value);
    vi.stubEnv("AWS_ACCESS_KEY_ID", administrator.accessKeyId);
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", administrator.secretAccessKey);
    vi.stubEnv("AWS_SESSION_TOKEN", undefined);
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await emulator?.stop();
  });

  test("writes an event once, with one writer of a number, and reads more than a page of them", async () => {
    const client = new S3Client({ forcePathStyle: true });
    await client.send(new CreateBucketCommand({ Bucket: "evidence" }));
    const open = () =>
      numberedEventLog(entryBucket({ bucket: "evidence", prefix: "rollout/log/" }, client, 10));
    const decided = await Promise.allSettled([0, 1, 2].map((one) => open().append(held(`${one}`), 0)));
    const refusals = decided.flatMap((one) => (one.status === "rejected" ? [one.reason] : []));
    expect(refusals).toHaveLength(2);
    for (const refusal of refusals) expect(refusal).toBeInstanceOf(LogMovedError);
    await open().append(held("again"));
    expect(await open().read()).toHaveLength(2);
  });

  test("reads and writes the parameters, and says where there are none", async () => {
    const client = new SSMClient({});
    await expect(readServiceFacts("dev", client)).rejects.toThrow(/\/part-lens\/dev\/service is missing/);
    const store = parameterStore("dev", client);
    expect(await store.read()).toEqual({});
    await store.write("/part-lens/dev/rollout/lock", '{"locked":false}');
    await client.send(new PutParameterCommand({ Name: "/part-lens/dev/other", Value: "1", Type: "String" }));
    expect(await store.read()).toEqual({ "/part-lens/dev/rollout/lock": '{"locked":false}' });
  });

  describe("the flag document", () => {
    let document: Document;
    let flags: FlagDeployments;
    /** A hosted version described by its stage, as the program makes it. */
    const versionOf = async (stage: string, cap: 0 | 100) => {
      const { VersionNumber } = await new AppConfigClient({}).send(
        new CreateHostedConfigurationVersionCommand({
          ApplicationId: document.place.application,
          ConfigurationProfileId: document.place.profile,
          ContentType: "application/json",
          Content: Buffer.from(capDocument(cap)),
          Description: stage,
        }),
      );
      return `${VersionNumber}`;
    };
    beforeAll(async () => {
      document = await newDocument("control");
      const { application, environment, profile } = document.place;
      const place = { applicationId: application, environmentId: environment, profileId: profile };
      const clients = { appConfig: new AppConfigClient({}), appConfigData: new AppConfigDataClient({}) };
      flags = new FlagDeployments(place, { ...clients, pauseMilliseconds: 100 });
    });

    test("goes down while another deployment bakes", async () => {
      expect([await flags.document(), await flags.deployments()]).toEqual([undefined, []]);
      const off = await versionOf("off", 0);
      const canary = await versionOf("canary-5", 100);
      const atOnce = await document.strategy(0);
      await flags.deploy({ version: off, strategyId: atOnce, description: "first" });
      await flags.deploy({ version: canary, strategyId: await document.strategy(60), description: "up" });
      expect(await flags.document()).toBe(capDocument(100));
      expect((await flags.deployments())[0]).toMatchObject({
        version: canary,
        state: "BAKING",
        bakeMinutes: 60,
      });
      await flags.deploy({ version: off, strategyId: atOnce, description: "down" });
      await vi.waitFor(async () => expect(await flags.document()).toBe(capDocument(0)), patience);
      const [newest] = await flags.deployments();
      expect(newest).toMatchObject({ version: off, number: 3 });
      const { place } = document;
      const ids = { ApplicationId: place.application, EnvironmentId: place.environment };
      const second = new GetDeploymentCommand({ ...ids, DeploymentNumber: 2 });
      expect((await new AppConfigClient({}).send(second)).State).toMatch(/ROLLED_BACK|REVERTED/);
    });
  });
});
