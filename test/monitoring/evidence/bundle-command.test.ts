import { execFile } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { VirtualClock } from "../../../infra/local/clock.ts";
import { LocalAws } from "../../../infra/local/services/local-aws.ts";
import { writeRecord } from "../../../monitoring/evidence/acceptance-report.ts";
import { sealed, toldBy } from "../../../monitoring/evidence/bundle.ts";
import { writeBundle } from "../../../monitoring/evidence/bundle-folder.ts";
import { canaryPlanOf } from "../../../monitoring/evidence/canary-plan.ts";
import { chainOf } from "../../../monitoring/evidence/event-chain.ts";
import { keyFileSigner } from "../../../monitoring/evidence/signing-key.ts";
import { entryFolder } from "../../../monitoring/rollout/entry-folder.ts";
import { numberedEventLog } from "../../../monitoring/rollout/numbered-log.ts";
import { acceptanceWith, sampleAcceptance } from "./sample-acceptance.ts";
import { hour, sampleLog } from "./sample-log.ts";

const directory = mkdtempSync(join(tmpdir(), "part-lens-command-"));
const at = (name: string) => join(directory, name);

function evidence(...args: readonly string[]) {
  return new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    execFile(process.execPath, ["monitoring/evidence/evidence.ts", ...args], (error, stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
    );
  });
}

function key(name: string): void {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  writeFileSync(at(`${name}.pem`), privateKey.export({ type: "pkcs8", format: "pem" }));
  writeFileSync(at(`${name}.public.pem`), publicKey.export({ type: "spki", format: "pem" }));
}

const sources = () => ["--acceptance", at("acceptance"), "--log", at("log"), "--key", at("ours.pem")];

beforeAll(async () => {
  key("ours");
  key("theirs");
  mkdirSync(at("acceptance"));
  writeRecord({ passed: true, files: sampleAcceptance }, at("acceptance"));
  const log = numberedEventLog(entryFolder(at("log")));
  for (const event of sampleLog) await log.append(event);
  expect(await evidence("build", ...sources(), "--env", "prod", "--out", at("bundle"))).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/11 files[\s\S]*16 events[\s\S]*Nothing is open/),
  });
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe("npm run evidence", () => {
  it("verifies what it has built: 0, and says whose key it is", async () => {
    expect(await evidence("verify", at("bundle"))).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("the bundle's own"),
    });
    const pinned = await evidence("verify", at("bundle"), "--public-key", at("ours.public.pem"), "--json");
    expect([pinned.code, JSON.parse(pinned.stdout)]).toMatchObject([
      0,
      { verified: true, pinned: true, problems: [] },
    ]);
  });

  it("refuses a changed bundle and another key: 1", async () => {
    const other = await evidence("verify", at("bundle"), "--public-key", at("theirs.public.pem"));
    expect(other).toMatchObject({ code: 1, stdout: expect.stringMatching(/REFUSED[\s\S]*wrong-key/) });
    cpSync(at("bundle"), at("changed"), { recursive: true });
    writeFileSync(join(at("changed"), "canary_plan.md"), "# Nothing to see\n");
    expect(await evidence("verify", at("changed"))).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/canary_plan\.md.*changed/),
    });
    const copy = await evidence(
      "export",
      "--redact",
      at("changed"),
      "--key",
      at("ours.pem"),
      "--out",
      at("copy"),
    );
    expect(copy).toMatchObject({ code: 1, stderr: expect.stringMatching(/does not verify/) });
    expect(existsSync(at("copy"))).toBe(false);
  });

  it("refuses by name what its own log does not give, signed by us all the same, unless the seal alone is asked", async () => {
    const provenance = { environment: "prod", origin: "deployment", createdAt: hour(182) } as const;
    const record = { ...toldBy("prod", sampleLog).record, percent: 5 };
    const links = chainOf(sampleLog);
    const { declaration } = toldBy("prod", sampleLog);
    const data = {
      provenance,
      acceptance: sampleAcceptance,
      plan: canaryPlanOf("prod"),
      links,
      record,
      declaration,
    };
    await writeBundle(at("contradicting"), await sealed(data, keyFileSigner(at("ours.pem"))));
    const args = ["verify", at("contradicting"), "--public-key", at("ours.public.pem")];
    expect(await evidence(...args)).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(
        /REFUSED: .* do not agree[\s\S]*rollout_record\.json: it is not what rollout_events\.jsonl gives \(contradicts-log\)/,
      ),
    });
    expect(await evidence(...args, "--seal-only")).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("were not computed from its log"),
    });
  });

  it("cannot look at what is not there: 2", async () => {
    for (const args of [
      ["verify", at("nowhere")],
      ["verify", at("bundle"), "--public-key", at("nowhere.pem")],
      ["verify", at("bundle"), "--public-key", at("log/00000001.json")],
      ["verify", "--nonsense"],
      ["export", at("bundle")],
    ])
      expect([args, (await evidence(...args)).code]).toEqual([args, 2]);
  });

  it("exports a copy that verifies, again and again to the same place", async () => {
    for (let time = 0; time < 2; time++) {
      const ended = await evidence(
        "export",
        "--redact",
        at("bundle"),
        "--key",
        at("theirs.pem"),
        "--out",
        at("redacted"),
      );
      expect(ended.code).toBe(0);
    }
    expect(await evidence("verify", at("redacted"), "--public-key", at("theirs.public.pem"))).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("a copy without names of the bundle"),
    });
  });

  it("builds from what is missing or broken: 2, and says what to do", async () => {
    const missing = await evidence(
      "build",
      "--acceptance",
      at("nothing"),
      "--key",
      at("ours.pem"),
      "--out",
      at("b"),
    );
    expect(missing).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("npm run evidence -- acceptance"),
    });
    const logless = await evidence(
      "build",
      "--acceptance",
      at("acceptance"),
      "--log",
      at("no-log"),
      "--key",
      at("ours.pem"),
      "--out",
      at("b"),
    );
    expect(logless).toMatchObject({ code: 2, stderr: expect.stringContaining("--log") });
    cpSync(at("log"), at("gap"), { recursive: true });
    rmSync(join(at("gap"), "00000003.json"));
    const gap = await evidence("build", ...sources().with(3, at("gap")), "--out", at("b"));
    expect(gap).toMatchObject({ code: 2, stderr: expect.stringContaining("no entry 00000003.json") });
    const occupied = await evidence("build", ...sources(), "--out", at("acceptance"));
    expect(occupied).toMatchObject({ code: 2, stderr: expect.stringContaining("give another --out") });
    expect(existsSync(at("b"))).toBe(false);
  });

  it("reads the log in an evidence bucket, and keeps the bundle there under its hash when it is told so", async () => {
    const options = { clock: new VirtualClock(0), directory: at("aws"), region: "eu-west-1" };
    const aws = new LocalAws({ ...options, invoke: async () => undefined });
    const { accessKeyId, secretAccessKey } = aws.sessions.administrator;
    vi.stubEnv("AWS_ENDPOINT_URL", await aws.start());
    vi.stubEnv("AWS_REGION", options.region);
    vi.stubEnv("AWS_ACCESS_KEY_ID", accessKeyId);
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", secretAccessKey);
    try {
      await aws.objects.createBucket("evidence");
      aws.objects.retain("evidence", { mode: "GOVERNANCE", days: 30 });
      for (const [index, event] of sampleLog.entries())
        await aws.objects.put(
          "evidence",
          `rollout/log/${String(index + 1).padStart(8, "0")}.json`,
          Buffer.from(JSON.stringify(event)),
          {},
        );
      const asked = ["--env", "staging", "--bucket", "evidence", "--keep", "--out", at("kept"), "--json"];
      const built = await evidence("build", ...sources(), ...asked);
      expect([built.code, built.stderr]).toEqual([0, ""]);
      const { sha256 } = JSON.parse(built.stdout);
      const kept = await aws.objects.list("evidence", "bundles/");
      expect(kept.map(({ key }) => key).sort()).toEqual(
        readdirSync(at("kept"))
          .map((name) => `bundles/${sha256}/${name}`)
          .sort(),
      );
      const nowhere = await evidence("build", ...sources(), "--keep", "--out", at("kept"));
      expect(nowhere).toMatchObject({ code: 2, stderr: expect.stringContaining("--keep needs --bucket") });
    } finally {
      vi.unstubAllEnvs();
      await aws.close();
    }
  });

  it("says in the document what was not proven, and never calls one machine a deployment", async () => {
    mkdirSync(at("failed"));
    writeRecord(
      { passed: false, files: acceptanceWith({ passed: false, api: "http://127.0.0.1:20001" }) },
      at("failed"),
    );
    const ended = await evidence(
      "build",
      ...sources().with(1, at("failed")),
      "--env",
      "prod",
      "--out",
      at("open"),
      "--json",
    );
    const { open, manifest } = JSON.parse(ended.stdout);
    expect(manifest.origin).toBe("rehearsal");
    expect(open).toHaveLength(6);
    const document = readFileSync(join(at("open"), "DEPLOYMENT_READINESS.md"), "utf8");
    expect(document).toContain("**Not production-ready.**");
    expect(document).toContain("- this is a rehearsal on one machine");
    expect(document).toContain("| signed | a case of signed \\| with a bar | 200 | 500 | fail |");
    expect(document).toContain("| Ada Lovelace | fleet manager |");
    expect(readFileSync(join(at("bundle"), "DEPLOYMENT_READINESS.md"), "utf8")).toContain(
      "**Production-ready.**",
    );
  });
});
