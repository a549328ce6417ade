/**
 * The project's own adapters, with real SDK clients and the policies that the program gives their functions, against
 * an emulator of AWS that checks IAM. What the emulator gets wrong (alarm evaluation, PrincipalTag in a Resource,
 * lambda:AddPermission, who may read a document) is proven elsewhere.
 */
import { createHash } from "node:crypto";
import { AppConfigClient, StartDeploymentCommand } from "@aws-sdk/client-appconfig";
import { AppConfigDataClient, GetLatestConfigurationCommand } from "@aws-sdk/client-appconfigdata";
import { CreateKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import { GetParameterCommand, PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { kmsSealer } from "../../api/signatures/kms-sealer.ts";
import type { ObjectStore } from "../../api/storage/object-store.ts";
import { appConfigSource } from "../../flags/app-config-source.ts";
import { capDocument } from "../../flags/document.ts";
import { apiStatements } from "../../infra/api/api-permissions.ts";
import { bundleOf } from "../../monitoring/evidence/bundle.ts";
import { verifyBundle } from "../../monitoring/evidence/bundle-verification.ts";
import { kmsSigner } from "../../monitoring/evidence-signer-adapter.ts";
import { sampleAcceptance } from "../monitoring/evidence/sample-acceptance.ts";
import { hour, sampleLog } from "../monitoring/evidence/sample-log.ts";
import { yachts } from "../support/fleet.ts";
import { patience } from "../support/patience.ts";
import { makeAlarm, setAlarm } from "./alarm.ts";
import { type AwsCall, awsCall } from "./aws-call.ts";
import { type Document, newDocument } from "./documents.ts";
import { account, administrator, type Emulator, region, startEmulator } from "./emulator.ts";
import { functionTrust, makeRole, type RoleCredentials, roleCredentials } from "./function-roles.ts";
import { type Inbox, startInbox } from "./inbox.ts";
import { installEmulator } from "./install-emulator.ts";
import { makeRollbackChain } from "./rollback-chain.ts";
import { makeYachtStore } from "./yacht-store.ts";

const installed = installEmulator();
if ("missing" in installed) console.log(`skipped, no emulator of AWS: ${installed.missing}`);
const place = { environment: "dev", accountId: account, region };

/** What is said is proven here, not how fast a loaded machine says it. */
const unhurried = { first: patience.timeout, later: patience.timeout };
const sourceOf = (identity: Document["place"]) =>
  appConfigSource(identity, new AppConfigDataClient({}), Date.now, unhurried);

let emulator: Emulator;
let call: AwsCall;

/** This process's credentials, for the clients that are made from now on. */
function signIn({ accessKeyId, secretAccessKey, sessionToken }: Partial<RoleCredentials>): void {
  vi.stubEnv("AWS_ACCESS_KEY_ID", accessKeyId);
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", secretAccessKey);
  vi.stubEnv("AWS_SESSION_TOKEN", sessionToken);
}

describe.skipIf("missing" in installed)("on the emulator of AWS", () => {
  beforeEach(({ onTestFailed }) => {
    onTestFailed(() => console.log(emulator?.log()));
  });
  beforeAll(async () => {
    if ("missing" in installed) return;
    emulator = await startEmulator(installed.python);
    for (const [name, value] of Object.entries(emulator.variables)) vi.stubEnv(name, value);
    signIn(administrator);
    call = awsCall(emulator.endpoint);
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await emulator?.stop();
  });

  describe("the flag document", () => {
    let document: Document;
    let now: number;
    beforeAll(async () => {
      document = await newDocument("flags");
      now = Date.now();
      await document.deploy(await document.version(capDocument(100)), 0);
    });
    const client = () => new AppConfigDataClient({ maxAttempts: 1 });
    const source = (used = client()) => appConfigSource(document.place, used, () => now, unhurried);
    /** As much time as AppConfig asks for between two polls. */
    const later = () => {
      now += 60_000;
    };

    test("comes with the first poll, is unchanged with the next, and a new version arrives", async () => {
      const reader = source();
      expect(await reader.poll()).toEqual({ content: capDocument(100) });
      expect(await reader.poll()).toBe("early");
      later();
      expect(await reader.poll()).toBe("unchanged");
      await document.deploy(await document.version(capDocument(0)), 0);
      await vi.waitFor(async () => {
        later();
        expect(await reader.poll()).toEqual({ content: capDocument(0) });
      }, patience);
      // A function that is started anew has no session: its first poll is the version that is live.
      expect(await source().poll()).toEqual({ content: capDocument(0) });
    });

    test("is read in a new session when the token is refused", async () => {
      const used = client();
      const send = vi.spyOn(used, "send");
      const reader = source(used);
      await reader.poll();
      // AppConfig takes a token once: a foreign poll spends it.
      const answer = await send.mock.results.at(-1)?.value;
      const spend = { ConfigurationToken: answer.NextPollConfigurationToken };
      await client().send(new GetLatestConfigurationCommand(spend));
      send.mockClear();
      later();
      expect(await reader.poll()).toEqual({ content: expect.stringContaining("PART_LENS_V2_CAP") });
      expect(send.mock.calls.map(([command]) => command.constructor.name)).toEqual([
        "GetLatestConfigurationCommand",
        "StartConfigurationSessionCommand",
        "GetLatestConfigurationCommand",
      ]);
    });
  });

  describe("an alarm", () => {
    const alarmName = "part-lens-dev-rlsLeak";
    let document: Document;
    let inbox: Inbox;
    let chain: { alertsArn: string; roleArn: string };
    beforeAll(async () => {
      inbox = await startInbox();
      document = await newDocument("kill-switch");
      const armed = await document.version(capDocument(100));
      const trippedVersion = await document.version(capDocument(0));
      chain = await makeRollbackChain({
        emulator,
        call,
        killSwitch: document,
        trippedVersion,
        inbox,
        alarmName,
      });
      await document.deploy(armed, 0);
      await document.deploy(armed, 60);
    });
    afterAll(() => inbox?.close());

    test("takes the cap to 0 through topic and function, though another deployment bakes; locks, and tells people", async () => {
      expect(await document.states()).toEqual(["BAKING", "COMPLETE"]);
      await setAlarm(call, alarmName, "ALARM");
      await vi.waitFor(() => expect(inbox.messages("Notification")).toHaveLength(1), patience);

      const reader = sourceOf(document.place);
      expect(await reader.poll()).toEqual({ content: capDocument(0) });
      // Newest first: the tripped version, the one that baked and was stopped, the first.
      expect(await document.states()).toEqual([
        "COMPLETE",
        expect.stringMatching(/ROLLED_BACK|REVERTED/),
        "COMPLETE",
      ]);
      const lock = new GetParameterCommand({ Name: "/part-lens/dev/rollout/lock" });
      const { Parameter } = await new SSMClient({}).send(lock);
      expect(JSON.parse(Parameter?.Value ?? "")).toMatchObject({ locked: true, cause: "rlsLeak", to: "off" });
      expect(inbox.messages("Notification")[0]).toMatchObject({
        TopicArn: chain.alertsArn,
        Subject: expect.stringContaining("dev"),
      });
    });

    test("hands its function a role that moves no other document and writes no other parameter", async () => {
      const credentials = await roleCredentials(chain.roleArn);
      const refused = { name: "AccessDeniedException" };
      const { application, environment, profile } = (await newDocument("not-the-switch")).place;
      const start = new StartDeploymentCommand({
        ApplicationId: application,
        EnvironmentId: environment,
        ConfigurationProfileId: profile,
        ConfigurationVersion: "1",
        DeploymentStrategyId: "none",
      });
      await expect(new AppConfigClient({ credentials }).send(start)).rejects.toMatchObject(refused);
      const put = {
        Name: "/part-lens/dev/rollout/advance",
        Value: "{}",
        Type: "String",
        Overwrite: true,
      } as const;
      const written = new SSMClient({ credentials }).send(new PutParameterCommand(put));
      await expect(written).rejects.toMatchObject(refused);
    });

    test("that monitors a stage brings back the document before it while the stage bakes", async () => {
      const alarmArn = await makeAlarm(call, "part-lens-dev-monitor", []);
      const stage = await newDocument("stage", [{ AlarmArn: alarmArn }]);
      await stage.deploy(await stage.version(capDocument(0)), 0);
      await stage.deploy(await stage.version(capDocument(100)), 60);
      await vi.waitFor(async () => expect((await stage.states())[0]).toBe("BAKING"), patience);
      expect(await sourceOf(stage.place).poll()).toEqual({ content: capDocument(100) });
      await setAlarm(call, "part-lens-dev-monitor", "ALARM");
      await vi.waitFor(async () => expect((await stage.states())[0]).toBe("ROLLED_BACK"), patience);
      expect(await sourceOf(stage.place).poll()).toEqual({ content: capDocument(0) });
    });
  });

  describe("an object, reached with its yacht's session", () => {
    const bytes = Buffer.from("\x89PNG of a pump");
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    const at = (yachtId: string, file: string) => {
      return { bucket: "pms-part-photos", key: `${yachtId}/parts/p/${file}` } as const;
    };
    const content = (file: string) => {
      return { ...at(yachts.aurora, file), size: bytes.length, mimeType: "image/png", sha256 };
    };
    let store: ObjectStore;
    let sessionRole: string;
    beforeAll(async () => {
      ({ store, sessionRole } = await makeYachtStore(call, emulator.endpoint, signIn));
      // The sessions' client reads the credentials at its first call.
      for (const yachtId of [yachts.aurora, yachts.borealis])
        await store.find(yachtId, at(yachtId, "none.png"), 1);
      signIn(administrator);
    });

    test("is not reached by a role that the session's does not trust", async () => {
      const other = await makeRole(call, "part-lens-dev-other", functionTrust, [
        { Effect: "Allow", Action: ["sts:AssumeRole", "sts:TagSession"], Resource: sessionRole },
      ]);
      const sts = new STSClient({ credentials: await roleCredentials(other) });
      const asked = {
        RoleArn: sessionRole,
        RoleSessionName: "other",
        Tags: [{ Key: "yacht_id", Value: yachts.aurora }],
      };
      await expect(sts.send(new AssumeRoleCommand(asked))).rejects.toMatchObject({ name: "AccessDenied" });
    });

    const upload = async (
      file: string,
      changes: { url?: (url: string) => string; body?: Buffer; type?: string } = {},
    ) => {
      const { url, headers } = await store.signUpload(yachts.aurora, content(file));
      const { "content-length": _, ...sent } = headers;
      const answer = await fetch(changes.url?.(url) ?? url, {
        method: "PUT",
        headers: { ...sent, ...(changes.type && { "content-type": changes.type }) },
        body: new Uint8Array(changes.body ?? bytes),
      });
      return answer.status;
    };

    test("is uploaded once, found, and downloaded by signed URLs", async () => {
      expect(await upload("ok.png")).toBe(200);
      expect(await upload("ok.png")).toBe(412);
      const found = await store.find(yachts.aurora, at(yachts.aurora, "ok.png"), bytes.length);
      expect(found).toMatchObject({ size: bytes.length, mimeType: "image/png", sha256 });
      const { url } = await store.signDownload(yachts.aurora, at(yachts.aurora, "ok.png"));
      expect(Buffer.from(await (await fetch(url)).arrayBuffer())).toEqual(bytes);
    });

    test("is not uploaded by a URL whose key, type or length is another", async () => {
      expect(await upload("a.png", { url: (url) => url.replace("a.png", "b.png") })).toBe(403);
      expect(await upload("a.png", { type: "text/html" })).toBe(403);
      expect(await upload("a.png", { body: Buffer.concat([bytes, bytes]) })).toBe(403);
    });

    test("is not downloaded by a URL that expired, or that is another yacht's", async () => {
      const { url } = await store.signDownload(yachts.aurora, at(yachts.aurora, "ok.png"));
      const foreign = url.replaceAll(yachts.aurora, yachts.borealis);
      expect((await fetch(foreign)).status).toBe(403);
      vi.useFakeTimers({ toFake: ["Date"], now: Date.now() - 1_000_000 });
      const expired = await store.signDownload(yachts.aurora, at(yachts.aurora, "ok.png"));
      vi.useRealTimers();
      expect((await fetch(expired.url)).status).toBe(403);
    });

    test("of another yacht is refused by the session itself, whatever our own checks say", async () => {
      const foreign = at(yachts.aurora, "ok.png");
      const refused = { code: "object_forbidden" };
      await expect(store.find(yachts.borealis, foreign, 1)).rejects.toMatchObject(refused);
      await expect(store.remove(yachts.borealis, foreign)).rejects.toMatchObject(refused);
      const written = { ...content("new.png") };
      await expect(store.put(yachts.borealis, written, bytes)).rejects.toMatchObject(refused);
      const { url } = await store.signDownload(yachts.borealis, foreign);
      expect((await fetch(url)).status).toBe(403);
      expect(await store.find(yachts.aurora, foreign, bytes.length)).toMatchObject({ sha256 });
    });
  });

  describe("an evidence bundle", () => {
    test("is signed by a key that never leaves KMS, and verifies without it", async () => {
      const made = { KeySpec: "ECC_NIST_P256", KeyUsage: "SIGN_VERIFY" } as const;
      const { KeyMetadata } = await new KMSClient({}).send(new CreateKeyCommand(made));
      const signer = kmsSigner(KeyMetadata?.Arn ?? "");
      const provenance = { environment: "prod", origin: "deployment", createdAt: hour(182) } as const;
      const contents = await bundleOf(
        { provenance, acceptance: sampleAcceptance, events: sampleLog },
        signer,
      );
      const key = await signer.publicKey();
      expect(verifyBundle({ contents }, key)).toMatchObject({ verified: true, pinned: true });
      const changed = new Map(contents).set("canary_plan.md", Buffer.from("x"));
      expect(verifyBundle({ contents: changed }, key).verified).toBe(false);
    });

    test("is not signed by a key of another kind", async () => {
      const { KeyMetadata } = await new KMSClient({}).send(new CreateKeyCommand({}));
      await expect(kmsSigner(KeyMetadata?.Arn ?? "").publicKey()).rejects.toThrow();
    });
  });

  describe("a signer's secret", () => {
    let keyArn: string;
    beforeAll(async () => {
      const { KeyMetadata } = await new KMSClient({}).send(new CreateKeyCommand({}));
      keyArn = KeyMetadata?.Arn ?? "";
    });

    test("opens for its own user only", async () => {
      const sealer = kmsSealer(keyArn);
      const sealed = await sealer.seal("user-1", "JBSWY3DPEHPK3PXP");
      expect(sealed).not.toContain("JBSWY3DPEHPK3PXP");
      expect(await sealer.open("user-1", sealed)).toBe("JBSWY3DPEHPK3PXP");
      await expect(sealer.open("user-2", sealed)).rejects.toMatchObject({
        name: "InvalidCiphertextException",
      });
    });

    test("is opened with the API's own role, which can seal nothing", async () => {
      const sealed = await kmsSealer(keyArn).seal("user-1", "JBSWY3DPEHPK3PXP");
      const reach = { ...place, documents: [], clusterResourceIds: ["none"], signerKeyArn: keyArn };
      const role = await makeRole(call, "signer-reader", functionTrust, apiStatements(reach).slice(1));
      const sealer = kmsSealer(keyArn, new KMSClient({ credentials: await roleCredentials(role) }));
      expect(await sealer.open("user-1", sealed)).toBe("JBSWY3DPEHPK3PXP");
      await expect(sealer.seal("user-1", "another")).rejects.toMatchObject({
        cause: { name: "AccessDeniedException" },
      });
    });
  });
});
