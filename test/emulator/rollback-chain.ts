import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import {
  ConfirmSubscriptionCommand,
  CreateTopicCommand,
  SNSClient,
  SubscribeCommand,
} from "@aws-sdk/client-sns";
import { vi } from "vitest";
import { evidenceStatements } from "../../infra/storage/evidence-access.ts";
import {
  type RollbackTarget,
  rollbackStatements,
  rollbackVariables,
} from "../../monitoring/rollback-target.ts";
import { patience } from "../support/patience.ts";
import { makeAlarm } from "./alarm.ts";
import type { AwsCall } from "./aws-call.ts";
import type { Document } from "./documents.ts";
import { account, type Emulator, region } from "./emulator.ts";
import { functionTrust, makeRole } from "./function-roles.ts";
import type { Inbox } from "./inbox.ts";
import { makeFunction } from "./make-function.ts";

/** Where the function keeps what it told and collected. */
export const evidenceBucket = "part-lens-dev-evidence";

export interface RollbackChainArgs {
  readonly emulator: Emulator;
  readonly call: AwsCall;
  /** The kill switch, and its version whose cap is 0. */
  readonly killSwitch: Document;
  readonly trippedVersion: number;
  readonly inbox: Inbox;
  readonly alarmName: string;
}

/** Alarm → topic → the rollback function as it is bundled, with its own role → the topic of those who are told. */
export async function makeRollbackChain(
  args: RollbackChainArgs,
): Promise<{ alertsArn: string; roleArn: string }> {
  const { call, killSwitch, trippedVersion, inbox } = args;
  const [alertsArn, rollbackArn] = [await makeTopic("alerts"), await makeTopic("rollback")];
  await tell(inbox, alertsArn);
  await new S3Client({ forcePathStyle: true }).send(new CreateBucketCommand({ Bucket: evidenceBucket }));
  const { application, environment, profile } = killSwitch.place;
  const target: RollbackTarget = {
    environment: "dev",
    accountId: account,
    region,
    applicationId: application,
    environmentId: environment,
    profileId: profile,
    trippedVersion,
    strategyId: await killSwitch.strategy(0),
    apiUrl: inbox.url,
    alertsTopicArn: alertsArn,
    topicKeyArn: `arn:aws:kms:${region}:${account}:key/none`,
    contacts: { critical: ["ops"], warning: ["ops"] },
    // Read for the record alone: the kill switch's own document does for it.
    flagEnvironmentId: environment,
    flagProfileId: profile,
    evidenceBucket,
    apiFunction: "api",
    migrationHash: "none",
    tenants: 2,
  };
  const keeping = {
    bucketArn: `arn:aws:s3:::${evidenceBucket}`,
    encryptionKeyArn: target.topicKeyArn,
    signingKeyArn: target.topicKeyArn,
  };
  const use = { read: ["incidents/", "rollout/log/"], write: ["incidents/"] } as const;
  const statements = [...rollbackStatements(target), ...evidenceStatements(keeping, use)];
  const roleArn = await makeRole(call, "rollback", functionTrust, statements);
  const functionArn = await makeFunction(args, "rollback", {
    role: roleArn,
    variables: rollbackVariables(target),
  });
  const subscription = { TopicArn: rollbackArn, Protocol: "lambda", Endpoint: functionArn };
  await new SNSClient({}).send(new SubscribeCommand(subscription));
  await makeAlarm(call, args.alarmName, [rollbackArn]);
  return { alertsArn, roleArn };
}

async function makeTopic(Name: string): Promise<string> {
  return (await new SNSClient({}).send(new CreateTopicCommand({ Name }))).TopicArn ?? "";
}

/** Subscribes the inbox to a topic, and confirms it with the token that the topic sends there. */
export async function tell(inbox: Inbox, TopicArn: string): Promise<void> {
  const topics = new SNSClient({});
  await topics.send(new SubscribeCommand({ TopicArn, Protocol: "http", Endpoint: inbox.url }));
  const Token = await vi.waitFor(() => inbox.messages("SubscriptionConfirmation")[0]!.Token, patience);
  await topics.send(new ConfirmSubscriptionCommand({ TopicArn, Token }));
}
