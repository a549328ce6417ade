/**
 * What a build of the delivery runner does besides an update, in the emulator with the role that the program gives it.
 * What it makes, changes and deletes in an update is in apply.test.ts; what of its role runs nowhere, in runner-calls.ts.
 */
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  PutLogEventsCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { CreateKeyCommand, DecryptCommand, EncryptCommand, KMSClient } from "@aws-sdk/client-kms";
import { ExecuteStatementCommand, RDSDataClient } from "@aws-sdk/client-rds-data";
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { capDocument } from "../../flags/document.ts";
import { foundationRoles } from "../../infra/delivery/runner-denials.ts";
import { alarmPrefix, roleArn } from "../../infra/naming.ts";
import { policyDocument } from "../../infra/policy.ts";
import { alarmStates } from "../../monitoring/rollout/aws/alarm-states-adapter.ts";
import { parameterStore, readServiceFacts } from "../../monitoring/rollout/aws/parameters-adapter.ts";
import { serviceParameter } from "../../monitoring/rollout/aws/service-facts.ts";
import { account as deliveredAccount } from "../aws-check/delivered-graph.ts";
import { patience } from "../support/patience.ts";
import { makeAlarm, setAlarm } from "./alarm.ts";
import { type AwsCall, awsCall } from "./aws-call.ts";
import { account, type Emulator, region, startEmulator } from "./emulator.ts";
import { FlagPlace } from "./flag-place.ts";
import { functionTrust, type RoleCredentials, roleCredentials } from "./function-roles.ts";
import { installEmulator } from "./install-emulator.ts";
import { type Judgements, roleOf, startJudgements } from "./judgement.ts";
import { plannedStack } from "./planned-stack.ts";
import { inBuilds } from "./runner-calls.ts";
import { runnerPolicies, writtenFor } from "./runner-role.ts";

const installed = installEmulator();
if ("missing" in installed) console.log(`skipped, the delivery runner does nothing: ${installed.missing}`);

const place = { environment: "dev", accountId: account, region };
const roleName = "part-lens-dev-delivery";
const stateBucket = "part-lens-dev-pulumi-state";
const evidenceBucket = "part-lens-dev-evidence";
const others = "of-others";
const ownLog = "/aws/codebuild/part-lens-dev-delivery";
const cluster = (name: string) => `arn:aws:rds:${region}:${account}:cluster:${name}`;
const refused = /not authorized/;

describe.skipIf("missing" in installed)("the delivery runner, in the emulator with its role", () => {
  let judgements: Judgements;
  let emulator: Emulator;
  let call: AwsCall;
  let credentials: RoleCredentials;
  let keyArn: string;
  let secretArn: string;
  let flags: FlagPlace;

  beforeAll(async () => {
    if ("missing" in installed) return;
    judgements = startJudgements();
    emulator = await startEmulator(installed.python, judgements.file);
    for (const [name, value] of Object.entries(emulator.variables)) vi.stubEnv(name, value);
    vi.stubEnv("AWS_SESSION_TOKEN", undefined);
    call = awsCall(emulator.endpoint);
    const key = await new KMSClient({}).send(new CreateKeyCommand({}));
    keyArn = key.KeyMetadata?.Arn ?? "";
    flags = await FlagPlace.make();
    const administrator = new S3Client({ forcePathStyle: true });
    for (const Bucket of [stateBucket, evidenceBucket, others])
      await administrator.send(new CreateBucketCommand({ Bucket }));
    secretArn = JSON.parse(await call.secret("CreateSecret", { Name: "admin", SecretString: "secret" })).ARN;
    const own: Readonly<Record<string, string>> = {
      "aws:kms/key:Key::arn": keyArn,
      "aws:cloudwatch/logGroup:LogGroup::arn": `arn:aws:logs:${region}:${account}:log-group:${ownLog}`,
      "aws:rds/cluster:Cluster::arn": cluster("part-lens-dev-main"),
      "aws:rds/cluster:Cluster::masterUserSecrets[0].secretArn": secretArn,
    };
    await call.query("iam", "CreateRole", { RoleName: roleName, AssumeRolePolicyDocument: functionTrust });
    for (const policy of await runnerPolicies(({ type, property }) => own[`${type}::${property}`])) {
      // AWS judges the making of a log stream by the stream, the emulator by its group.
      const text = writtenFor(policy).replaceAll(deliveredAccount, account).replaceAll(":log-stream:*", "");
      const put = { RoleName: roleName, PolicyName: policy.name, PolicyDocument: text };
      await call.query("iam", "PutRolePolicy", put);
    }
    credentials = await roleCredentials(roleArn(place, "delivery"));
  });
  beforeEach(({ onTestFailed }) => {
    onTestFailed(() => console.log(emulator?.log()));
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await emulator?.stop();
    judgements?.remove();
  });

  test("keeps Pulumi's state in its bucket, and touches no other's objects", async () => {
    const s3 = new S3Client({ credentials, forcePathStyle: true });
    const object = { Bucket: stateBucket, Key: ".pulumi/stacks/part-lens/dev-service.json" };
    await s3.send(new PutObjectCommand({ ...object, Body: "{}" }));
    const read = await s3.send(new GetObjectCommand(object));
    expect(await read.Body?.transformToString()).toBe("{}");
    const { KeyCount } = await s3.send(new ListObjectsV2Command({ Bucket: stateBucket }));
    expect(KeyCount).toBe(1);
    await s3.send(new DeleteObjectCommand(object));
    for (const Bucket of [evidenceBucket, others]) {
      await expect(s3.send(new PutObjectCommand({ ...object, Bucket, Body: "{}" }))).rejects.toThrow(refused);
      await expect(s3.send(new DeleteObjectCommand({ ...object, Bucket }))).rejects.toThrow(refused);
    }
  });

  test("makes and deletes buckets of its environment, but never the one that keeps Pulumi's state", async () => {
    const s3 = new S3Client({ credentials, forcePathStyle: true });
    const made = { Bucket: "part-lens-dev-of-a-test" };
    await s3.send(new CreateBucketCommand(made));
    await s3.send(new DeleteBucketCommand(made));
    const gone = new DeleteBucketCommand({ Bucket: stateBucket });
    await expect(s3.send(gone)).rejects.toThrow(/explicit deny/);
    const VersioningConfiguration = { Status: "Suspended" } as const;
    const unversioned = new PutBucketVersioningCommand({ Bucket: stateBucket, VersioningConfiguration });
    await expect(s3.send(unversioned)).rejects.toThrow(/explicit deny/);
  });

  test("writes the log of its builds, sealed with the log's key, and no other log", async () => {
    const logs = new CloudWatchLogsClient({ credentials });
    const otherLog = "/aws/codebuild/another";
    for (const logGroupName of [ownLog, otherLog])
      await new CloudWatchLogsClient({}).send(new CreateLogGroupCommand({ logGroupName }));
    const stream = { logGroupName: ownLog, logStreamName: "build" };
    await logs.send(new CreateLogStreamCommand(stream));
    const logEvents = [{ timestamp: Date.now(), message: "npm run up" }];
    await logs.send(new PutLogEventsCommand({ ...stream, logEvents }));
    const elsewhere = new CreateLogStreamCommand({ ...stream, logGroupName: otherLog });
    await expect(logs.send(elsewhere)).rejects.toThrow(refused);

    const kms = new KMSClient({ credentials });
    const Plaintext = Buffer.from("a line");
    const { CiphertextBlob } = await kms.send(new EncryptCommand({ KeyId: keyArn, Plaintext }));
    const opened = await kms.send(new DecryptCommand({ KeyId: keyArn, CiphertextBlob }));
    expect(Buffer.from(opened.Plaintext ?? []).toString()).toBe("a line");
    const another = await new KMSClient({}).send(new CreateKeyCommand({}));
    const sealed = new EncryptCommand({ KeyId: another.KeyMetadata?.Arn, Plaintext });
    await expect(kms.send(sealed)).rejects.toThrow(refused);
  });

  test("reads what the rollout has recorded in its environment, and writes nothing into another", async () => {
    const ssm = new SSMClient({});
    const lock = "/part-lens/dev/rollout/lock";
    const dev = await plannedStack("dev", (reference) => {
      if (reference.property === "apiEndpoint") return "https://api.example.com";
      return reference.property === "versionNumber" ? "1" : flags.known(reference);
    });
    await ssm.send(new PutParameterCommand({ Name: lock, Value: '{"locked":true}', Type: "String" }));
    const facts = { Name: serviceParameter("dev"), Value: dev.serviceFacts, Type: "String" } as const;
    await ssm.send(new PutParameterCommand(facts));
    const own = new SSMClient({ credentials });
    expect(await parameterStore("dev", own).read()).toEqual({ [lock]: '{"locked":true}' });
    expect((await readServiceFacts("dev", own)).flags.rollout).toEqual(flags.at("rollout"));
    const elsewhere = new PutParameterCommand({
      Name: lock.replace("dev", "prod"),
      Value: "{}",
      Type: "String",
    });
    await expect(own.send(elsewhere)).rejects.toThrow(refused);
    await expect(readServiceFacts("prod", own)).rejects.toThrow(refused);
  });

  test("has the password of a new cluster's admin for its first sign-in, and no other secret", async () => {
    const own = awsCall(emulator.endpoint, credentials);
    expect(await own.secret("GetSecretValue", { SecretId: secretArn })).toContain('"secret"');
    const { ARN } = JSON.parse(await call.secret("CreateSecret", { Name: others, SecretString: "x" }));
    await expect(own.secret("GetSecretValue", { SecretId: ARN })).rejects.toThrow(refused);

    const data = new RDSDataClient({ credentials, maxAttempts: 1 });
    const statement = (resourceArn: string) =>
      data.send(new ExecuteStatementCommand({ resourceArn, secretArn, sql: "select 1" })).catch(String);
    // The emulator has no such cluster, but says so to those only who may ask.
    expect(await statement(cluster("part-lens-dev-main"))).not.toMatch(refused);
    expect(await statement(cluster(others))).toMatch(refused);
  });

  test("reconciles: sees the alarms, stops a deployment that bakes, and brings the document down", async () => {
    const prefix = alarmPrefix("dev");
    await makeAlarm(call, `${prefix}rlsLeak`, []);
    await setAlarm(call, `${prefix}rlsLeak`, "ALARM");
    const seen = await alarmStates(prefix, new CloudWatchClient({ credentials }));
    expect(seen.alarms).toEqual({ rlsLeak: "ALARM" });

    const administrators = flags.deployments("rollout");
    const [low, high] = [
      await flags.version("rollout", capDocument(0)),
      await flags.version("rollout", capDocument(100)),
    ];
    await administrators.deploy({ version: low, strategyId: flags.strategy(0), description: "first" });
    await administrators.deploy({ version: high, strategyId: flags.strategy(60), description: "up" });
    const runner = flags.deployments("rollout", credentials);
    const [baking] = await runner.deployments();
    expect(baking).toMatchObject({ version: high, state: "BAKING" });
    // Which stage a version is of it reads from the list, which has no descriptions in the emulator.
    await runner.descriptions();
    await runner.stop(baking!);
    await runner.deploy({ version: low, strategyId: flags.strategy(0), description: "down" });
    await vi.waitFor(async () => expect(await runner.document()).toBe(capDocument(0)), patience);
  });

  test("makes roles of its environment, and can neither widen those of its layer nor make another environment's", async () => {
    const own = awsCall(emulator.endpoint, credentials);
    const made = "part-lens-dev-of-a-test";
    await own.query("iam", "CreateRole", { RoleName: made, AssumeRolePolicyDocument: functionTrust });
    const all = policyDocument([{ Effect: "Allow", Action: "s3:ListAllMyBuckets", Resource: "*" }]);
    const policy = (RoleName: string) => ({ RoleName, PolicyName: "more", PolicyDocument: all });
    await own.query("iam", "PutRolePolicy", policy(made));
    for (const role of foundationRoles) {
      const widened = own.query("iam", "PutRolePolicy", policy(roleArn(place, role).split("/").at(-1)!));
      await expect(widened).rejects.toThrow(/explicit deny/);
    }
    const foreign = { RoleName: "part-lens-prod-of-a-test", AssumeRolePolicyDocument: functionTrust };
    await expect(own.query("iam", "CreateRole", foreign)).rejects.toThrow(refused);
  });

  test("has used all that is listed as used by builds", () => {
    const allowed = judgements.read().filter((one) => roleOf(one) === roleName && one.verdict === "allowed");
    const used = new Set(allowed.map(({ action }) => action));
    expect(inBuilds.filter((action) => !used.has(action))).toEqual([]);
  });
});
