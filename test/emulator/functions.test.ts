/** The pin as it is bundled, in the emulator's Lambda with the role that the program gives it, at an HTTP API. */
import { CreateTopicCommand, SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import { GetParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { updateIntegration } from "../../monitoring/integration-call.ts";
import { type PinTarget, pinStatements, pinVariables } from "../../monitoring/pin-target.ts";
import { patience } from "../support/patience.ts";
import { makeAlarm, setAlarm } from "./alarm.ts";
import { type AwsCall, awsCall } from "./aws-call.ts";
import { account, type Emulator, region, startEmulator } from "./emulator.ts";
import { functionTrust, makeRole, roleCredentials } from "./function-roles.ts";
import { type Inbox, startInbox } from "./inbox.ts";
import { installEmulator } from "./install-emulator.ts";
import { makeFunction } from "./make-function.ts";

const installed = installEmulator();
if ("missing" in installed) console.log(`skipped, no function runs in the emulator: ${installed.missing}`);
const place = { environment: "dev", accountId: account, region } as const;

let emulator: Emulator;
let call: AwsCall;

describe.skipIf("missing" in installed)("in the emulator's Lambda", () => {
  beforeAll(async () => {
    if ("missing" in installed) return;
    emulator = await startEmulator(installed.python);
    for (const [name, value] of Object.entries(emulator.variables)) vi.stubEnv(name, value);
    call = awsCall(emulator.endpoint);
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await emulator?.stop();
  });

  describe("an alarm of the second way down", () => {
    const alarmName = "part-lens-dev-serverErrorsFast";
    const pinnedUri = `arn:aws:apigateway:${region}:lambda:path/2015-03-31/functions/arn:aws:lambda:${region}:${account}:function:part-lens-dev-api:v1only/invocations`;
    let inbox: Inbox;
    let target: PinTarget;
    let roleArn: string;
    const integration = async (apiId: string) => {
      const asked = { integrationType: "AWS_PROXY", integrationUri: "of-live", payloadFormatVersion: "2.0" };
      const made = await call.gateway(`/v2/apis/${apiId}/integrations`, asked);
      return (JSON.parse(made) as { integrationId: string }).integrationId;
    };
    beforeAll(async () => {
      inbox = await startInbox();
      const topic = async (Name: string) =>
        (await new SNSClient({}).send(new CreateTopicCommand({ Name }))).TopicArn ?? "";
      const { apiId } = JSON.parse(await call.gateway("/v2/apis", { name: "api", protocolType: "HTTP" })) as {
        apiId: string;
      };
      target = {
        ...place,
        apiId,
        integrationId: await integration(apiId),
        pinnedUri,
        functionName: "api",
        functionArn: `arn:aws:lambda:${region}:${account}:function:api`,
        apiUrl: inbox.url,
        alertsTopicArn: await topic("pin-alerts"),
        topicKeyArn: `arn:aws:kms:${region}:${account}:key/none`,
      };
      roleArn = await makeRole(call, "pin", functionTrust, pinStatements(target));
      const Endpoint = await makeFunction({ call, emulator }, "pin", {
        role: roleArn,
        variables: pinVariables(target),
      });
      const pinTopic = await topic("pin");
      await new SNSClient({}).send(
        new SubscribeCommand({ TopicArn: pinTopic, Protocol: "lambda", Endpoint }),
      );
      await makeAlarm(call, alarmName, [pinTopic]);
    });
    afterAll(() => inbox?.close());

    test("points the HTTP API at v1 and records it", async () => {
      await setAlarm(call, alarmName, "ALARM");
      await vi.waitFor(async () => {
        const parameter = new GetParameterCommand({ Name: "/part-lens/dev/rollout/pin" });
        const { Parameter } = await new SSMClient({}).send(parameter);
        expect(JSON.parse(Parameter?.Value ?? "")).toMatchObject({ pinned: true, cause: "serverErrorsFast" });
      }, patience);
      const { apiId, integrationId } = target;
      expect(await pointed(apiId, integrationId)).toBe(pinnedUri);
    });

    test("hands its function a role that points no other integration", async () => {
      const credentials = await roleCredentials(roleArn);
      const other = {
        apiId: target.apiId,
        integrationId: await integration(target.apiId),
        integrationUri: pinnedUri,
      };
      const caller = { region, endpoint: emulator.endpoint, credentials, fetch };
      await expect(updateIntegration(other, caller)).rejects.toMatchObject({ status: 403 });
      const own = { ...other, integrationId: target.integrationId };
      expect(await updateIntegration(own, caller)).toBe(pinnedUri);
    });

    async function pointed(apiId: string, integrationId: string): Promise<unknown> {
      const found = await call.gateway(`/v2/apis/${apiId}/integrations/${integrationId}`);
      return (JSON.parse(found) as { integrationUri?: unknown }).integrationUri;
    }
  });
});
