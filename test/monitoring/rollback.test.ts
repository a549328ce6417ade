import { execFile } from "node:child_process";
import { hash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { build } from "esbuild";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { capDocument } from "../../flags/document.ts";
import { VirtualClock } from "../../infra/local/clock.ts";
import { LocalAws } from "../../infra/local/services/local-aws.ts";
import { sectionNames } from "../../monitoring/incident/collected.ts";
import type { RollbackResult } from "../../monitoring/rollback-ports.ts";

const run = promisify(execFile);
const root = new URL("../../", import.meta.url).pathname;
const lockParameter = "/part-lens/local/rollout/lock";

let directory: string;
let bundle: string;
let size: number;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "part-lens-rollback-"));
  bundle = join(directory, "index.mjs");
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: ["monitoring/rollback.ts"],
    outfile: bundle,
    bundle: true,
    platform: "node",
    target: "node24",
    format: "esm",
    banner: {
      js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
    },
    metafile: true,
    logLevel: "silent",
  });
  size = Object.values(metafile.outputs)[0]!.bytes;
});
afterAll(() => rm(directory, { recursive: true }));

/** Lambda's processor is the function's alone. Here it may be waited for, and what takes its time is not what fails here. */
const patient = `
  const { setTimeout: wait } = globalThis;
  const { timeout } = AbortSignal;
  globalThis.setTimeout = (work, after, ...more) => wait(work, after < 3000 ? after : 60 * after, ...more);
  AbortSignal.timeout = (after) => timeout.call(AbortSignal, 60 * after);`;

/** The bundle in a process of its own, as Lambda runs it; what `handler` answered, or the name of what it threw. */
async function invoke(
  message: object,
  variables: Record<string, string>,
): Promise<RollbackResult[] | string> {
  const event = { Records: [{ Sns: { Message: JSON.stringify(message) } }] };
  const script = `${patient}
    const { handler } = await import(${JSON.stringify(pathToFileURL(bundle).href)});
    const answer = await handler(${JSON.stringify(event)}).catch((error) => error.name);
    console.log(JSON.stringify({ answer }));`;
  const { stdout } = await run(process.execPath, ["--input-type=module", "--eval", script], {
    env: variables,
  });
  return JSON.parse(stdout.trim().split("\n").at(-1)!).answer;
}

describe("the rollback function, bundled, against the local AWS", () => {
  const alarm = {
    AlarmName: "part-lens-local-rlsLeak",
    NewStateValue: "ALARM",
    NewStateReason: "a row",
    StateChangeTime: "2026-11-23T12:00:00.000+0000",
  };
  const incident = "2026-11-23T12:00:00.000Z";
  let clock: VirtualClock;
  let aws: LocalAws;
  let api: Server;
  let health: object;
  let variables: Record<string, string>;
  let place: readonly [string, string, string];

  beforeAll(async () => {
    clock = new VirtualClock(Date.now());
    aws = new LocalAws({
      clock,
      directory: join(directory, "aws"),
      region: "eu-central-1",
      invoke: async () => undefined,
    });
    const endpoint = await aws.start();
    api = createServer((_, response) => response.end(JSON.stringify(health)));
    await new Promise<void>((resolve) => api.listen(0, "127.0.0.1", resolve));
    const { port } = api.address() as AddressInfo;
    const application = aws.appConfig.putApplication("part-lens");
    const environment = aws.appConfig.putEnvironment(application, "kill-switch", []);
    const profile = aws.appConfig.putProfile(application, "cap");
    place = [application, environment, profile];
    const strategyId = aws.appConfig.putStrategy({
      name: "at-once",
      deploymentDurationInMinutes: 0,
      finalBakeTimeInMinutes: 0,
    });
    const version = (cap: 0 | 100) =>
      aws.appConfig.createVersion(application, profile, {
        content: capDocument(cap),
        contentType: "application/json",
      });
    const [armed, tripped] = [version(100), version(0)];
    aws.appConfig.startDeployment({
      applicationId: application,
      environmentId: environment,
      profileId: profile,
      version: armed,
      strategyId,
    });
    const { accessKeyId, secretAccessKey, sessionToken } = aws.sessions.administrator;
    variables = {
      AWS_ENDPOINT_URL: endpoint,
      AWS_REGION: "eu-central-1",
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      ...(sessionToken && { AWS_SESSION_TOKEN: sessionToken }),
      STACK_ENVIRONMENT: "local",
      KILL_SWITCH: place.join("/"),
      TRIPPED_VERSION: `${tripped}`,
      DEPLOYMENT_STRATEGY: strategyId,
      API_URL: `http://127.0.0.1:${port}`,
      NOTIFY_TOPIC: aws.topics.createTopic("alerts"),
      LOCK_PARAMETER: lockParameter,
      PARAMETER_PATH: "/part-lens/local/rollout/",
      ALARM_PREFIX: "part-lens-local-",
      FLAG_DOCUMENT: place.join("/"),
      EVIDENCE_BUCKET: "evidence",
      API_FUNCTION: "part-lens-local-api",
      AWS_LAMBDA_LOG_GROUP_NAME: "/aws/lambda/part-lens-local-rollback",
      MIGRATION_HASH: "abc",
      CONTACTS: '{"critical":["ops"],"warning":["ops"]}',
      TENANTS: "2",
    };
    await aws.objects.createBucket("evidence");
    for (const name of ["api", "rollback"]) {
      const message =
        '{"status":500,"failure":"pin=1234","Version":"v2","Requests":1,"action":"consume_part"}';
      aws.logs.put(`/aws/lambda/part-lens-local-${name}`, { at: Date.parse(incident) - 1000, message });
    }
  });
  afterAll(async () => {
    await aws.close();
    api.close();
  });
  beforeEach(() => {
    health = { status: "ok", version: "v1", tenants: 2, percent: 50, cap: 100 };
  });

  it("is a bundle of a few megabytes at most", () => {
    console.log(`rollback bundle: ${(size / 1e6).toFixed(1)} MB, not minified`);
    expect(size).toBeLessThan(4e6);
  });

  const textOf = async (key: string) =>
    (await aws.objects.get("evidence", `incidents/${incident}/${key}`)).body.toString();

  it("moves nothing while nobody is on v2", async () => {
    health = { ...health, percent: 0 };
    const earlier = { ...alarm, StateChangeTime: "2026-11-23T11:00:00.000Z" };
    const [result] = (await invoke(earlier, variables)) as RollbackResult[];
    expect(result).toMatchObject({
      acted: false,
      effectivePercent: 0,
      steps: [{ step: "notify", ok: true }],
    });
    expect(aws.parameters.get(lockParameter)).toBeUndefined();
    expect(aws.appConfig.live(...place)?.content).toBe(capDocument(100));
  });

  it("takes the cap to 0, locks, proves v1 and tells people", async () => {
    const [result] = (await invoke(alarm, variables)) as RollbackResult[];
    expect(result?.steps.filter(({ ok }) => !ok)).toEqual([]);
    expect(result).toMatchObject({ acted: true, cause: "rlsLeak", effectivePercent: 50 });
    await clock.advance(60_000);
    expect(aws.appConfig.live(...place)?.content).toBe(capDocument(0));
    expect(JSON.parse(aws.parameters.get(lockParameter)!.value)).toMatchObject({
      locked: true,
      cause: "rlsLeak",
      to: "off",
      incident,
    });
  });

  it("keeps the record of it: what was told, what was collected, the postmortem's draft", async () => {
    const keys = (await aws.objects.list("evidence", `incidents/${incident}/`)).map(
      ({ key }) => key.split("/")[2],
    );
    expect(new Set(keys)).toEqual(new Set(["collected", "outbox", "postmortem.md"]));
    const { files, missing } = JSON.parse(await textOf("collected/manifest.json"));
    expect(missing).toEqual({});
    expect(Object.keys(files).sort()).toEqual(sectionNames.map((name) => `${name}.json`).sort());
    for (const [name, { sha256 }] of Object.entries<{ sha256: string }>(files))
      expect([name, hash("sha256", await textOf(`collected/${name}`))]).toEqual([name, sha256]);
    expect(JSON.parse(await textOf("collected/documents.json")).cap.content).toMatchObject({
      metadata: { cap: 0 },
    });
    const { from, to } = JSON.parse(await textOf("collected/metrics.json"));
    expect(from).toBe("2026-11-23T11:45:00.000Z");
    // However long ago it was.
    expect(Date.parse(to) - Date.parse(incident)).toBeLessThanOrEqual(61 * 60_000);
    const logs = JSON.parse(await textOf("collected/logs.json"));
    expect(logs.failures[0].message).toContain("pin=[redacted]");
    const draft = await textOf("postmortem.md");
    for (const part of ["Cause: **rlsLeak**", "| consume_part |", "a row", "message ", "cap0"])
      expect(draft).toContain(part);
  });

  it("tells nobody twice when it is run again for the same alarm", async () => {
    const before = aws.topics.deliveries.length;
    health = { ...health, cap: 0 };
    const [result] = (await invoke(alarm, variables)) as RollbackResult[];
    expect(result?.steps.find(({ step }) => step === "notify")?.detail).toMatch(/^told before, /);
    await clock.advance(60_000);
    expect(aws.topics.deliveries).toHaveLength(before);
  });

  it("goes an alarm's way for a drill, and leaves cap and lock as they are", async () => {
    aws.parameters.put({ name: lockParameter, value: '{"locked":false}', type: "String", overwrite: true });
    const drill = {
      ...alarm,
      AlarmName: "part-lens-local-drill",
      StateChangeTime: "2026-11-23T13:00:00.000Z",
    };
    const [result] = (await invoke(drill, variables)) as RollbackResult[];
    expect(result).toMatchObject({ mode: "drill", acted: false });
    expect(result?.steps.map(({ step, ok }) => [step, ok])).toEqual(
      ["proveV1", "notify", "collect", "postmortem"].map((step) => [step, true]),
    );
    expect(aws.parameters.get(lockParameter)?.value).toBe('{"locked":false}');
  });

  it("fails after all steps when the cap cannot be moved, so that Lambda runs it again", async () => {
    expect(await invoke(alarm, { ...variables, TRIPPED_VERSION: "99" })).toBe("RollbackIncompleteError");
  });
});
