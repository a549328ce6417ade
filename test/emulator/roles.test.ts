/**
 * The roles of dev as the program plans them, in an emulator of AWS that checks IAM: each does what it is for, and is
 * refused what is another's. What the emulator cannot judge: a session's own yacht in a Resource (adapters.test.ts has it
 * in a Condition), a log's single streams. Signing in to a database is no call of a service: database-functions.test.ts
 * has it. Where each role is run is in role-runs.ts.
 */
import { AppConfigClient, StartDeploymentCommand } from "@aws-sdk/client-appconfig";
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { CreateKeyCommand, EncryptCommand, KMSClient } from "@aws-sdk/client-kms";
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { CreateTopicCommand, PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import { PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { Statement } from "../../infra/policy.ts";
import { plannedEnvironment } from "../support/planned-environment.ts";
import { type AwsCall, awsCall } from "./aws-call.ts";
import { account, administrator, type Emulator, region, startEmulator } from "./emulator.ts";
import { functionTrust, makeRole, type RoleCredentials, roleCredentials } from "./function-roles.ts";
import { installEmulator } from "./install-emulator.ts";
import { makeFunction } from "./make-function.ts";
import { logGroupOf, type PlannedRole, plannedAccount, plannedRoles } from "./planned-roles.ts";

const installed = installEmulator();
if ("missing" in installed) console.log(`skipped, no role runs: ${installed.missing}`);
const others = "of-others";

type Credentials = { readonly credentials: RoleCredentials };

/** What no role of ours may do: each is another's, or another environment's. */
const foreign: Readonly<Record<string, (as: Credentials) => Promise<unknown>>> = {
  "unlocks another environment": (as) => {
    const unlocked = {
      Name: "/part-lens/prod/rollout/lock",
      Value: "{}",
      Type: "String",
      Overwrite: true,
    } as const;
    return new SSMClient(as).send(new PutParameterCommand(unlocked));
  },
  "reads an object": (as) =>
    new S3Client({ ...as, forcePathStyle: true }).send(
      new GetObjectCommand({ Bucket: others, Key: "photo" }),
    ),
  "deploys a document": (as) => {
    const place = { ApplicationId: others, EnvironmentId: others, ConfigurationProfileId: others };
    const deployment = { ...place, ConfigurationVersion: "1", DeploymentStrategyId: "none" };
    return new AppConfigClient(as).send(new StartDeploymentCommand(deployment));
  },
  "tells another topic": (as) => {
    const TopicArn = `arn:aws:sns:${region}:${account}:${others}`;
    return new SNSClient(as).send(new PublishCommand({ TopicArn, Message: "hello" }));
  },
  "seals with another key": (as) =>
    new KMSClient(as).send(new EncryptCommand({ KeyId: keyArn, Plaintext: Buffer.from("x") })),
  "takes another role": (as) => {
    const RoleArn = `arn:aws:iam::${account}:role/${others}`;
    return new STSClient(as).send(new AssumeRoleCommand({ RoleArn, RoleSessionName: "foreign" }));
  },
  "starts another function": ({ credentials }) =>
    awsCall(emulator.endpoint, credentials).lambda(`/2015-03-31/functions/${others}/invocations`, {}),
};

/** What a statement is for, and the same done to somebody else. By the statement's Sid. */
const purposes: Readonly<Record<string, (as: Credentials, name: string) => Promise<unknown>>> = {
  OwnLog: (as, name) => {
    const stream = { logGroupName: logGroupOf(name), logStreamName: `of-${Date.now()}` };
    return new CloudWatchLogsClient(as).send(new CreateLogStreamCommand(stream));
  },
  Run: ({ credentials }, name) => {
    const job = name.replace(/-schedule$/, "");
    return awsCall(emulator.endpoint, credentials).lambda(
      `/2015-03-31/functions/${job}:live/invocations`,
      {},
    );
  },
};

const denied = /AccessDenied|AuthorizationError|NotAuthorized/;

let emulator: Emulator;
let call: AwsCall;
let keyArn: string;

async function makeOthers(): Promise<void> {
  const s3 = new S3Client({ forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: others }));
  await s3.send(new PutObjectCommand({ Bucket: others, Key: "photo", Body: "a pump" }));
  await new SNSClient({}).send(new CreateTopicCommand({ Name: others }));
  keyArn = (await new KMSClient({}).send(new CreateKeyCommand({}))).KeyMetadata?.Arn ?? "";
  const role = await makeRole(call, others, functionTrust, [
    { Effect: "Allow", Action: "s3:ListAllMyBuckets", Resource: "*" },
  ]);
  await makeFunction({ call, emulator }, "pin", { role, variables: {}, name: others });
  await makeLogGroup(others);
}

const makeLogGroup = (name: string) =>
  new CloudWatchLogsClient({}).send(new CreateLogGroupCommand({ logGroupName: logGroupOf(name) }));

/** The function that a schedule starts; what it answers does not matter. */
async function makeAlias(name: string): Promise<void> {
  const role = `arn:aws:iam::${account}:role/${others}`;
  await makeFunction({ call, emulator }, "pin", { role, variables: {}, name });
  const alias = { Name: "live", FunctionVersion: "$LATEST" };
  await call.lambda(`/2015-03-31/functions/${name}/aliases`, alias);
}

const statementsOf = ({ policy }: PlannedRole) =>
  (JSON.parse(policy) as { Statement: Statement[] }).Statement;

describe.skipIf("missing" in installed)("a role that the program gives", () => {
  let roles: PlannedRole[];
  const credentialsOf = new Map<string, RoleCredentials>();
  beforeAll(async () => {
    if ("missing" in installed) return;
    emulator = await startEmulator(installed.python);
    for (const [name, value] of Object.entries(emulator.variables)) vi.stubEnv(name, value);
    call = awsCall(emulator.endpoint);
    await makeOthers();
    const { resources } = await plannedEnvironment("dev");
    roles = plannedRoles({ resources }, plannedAccount(resources));
    for (const role of roles) {
      const arn = await makeRole(call, role.name, functionTrust, statementsOf(role));
      credentialsOf.set(role.name, await roleCredentials(arn));
      const sids = statementsOf(role).map(({ Sid }) => Sid);
      if (sids.includes("OwnLog")) await makeLogGroup(role.name);
      if (sids.includes("Run")) await makeAlias(role.name.replace(/-schedule$/, ""));
    }
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await emulator?.stop();
  });

  test.each(Object.entries(foreign))("refuses whoever has it when it %s", async (_, attempt) => {
    // The emulator's administrator may: what is refused below is there.
    const allowed = attempt({ credentials: { ...administrator, sessionToken: "" } }).catch(
      (error: Error) => error,
    );
    expect(String(await allowed)).not.toMatch(denied);
    for (const [name, credentials] of credentialsOf)
      await expect([name, await attempt({ credentials }).catch(String)]).toEqual([
        name,
        expect.stringMatching(denied),
      ]);
  });

  test.each(Object.entries(purposes))(
    "with %s does that for its own function, and for no other",
    async (sid, attempt) => {
      const having = roles.filter((role) => statementsOf(role).some(({ Sid }) => Sid === sid));
      expect(having.length).toBeGreaterThan(1);
      for (const { name } of having) {
        const as = { credentials: credentialsOf.get(name)! };
        await attempt(as, name);
        const another = having.find((other) => other.name !== name)!.name;
        for (const foreignName of [another, others])
          expect([name, foreignName, await attempt(as, foreignName).catch(String)]).toEqual([
            name,
            foreignName,
            expect.stringMatching(denied),
          ]);
      }
    },
  );
});
