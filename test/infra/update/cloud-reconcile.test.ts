/**
 * Reconciling by the SDK's own clients against the local host's AWS endpoint, with a real git repository. Only the engine
 * that updates the layer is another one than in AWS.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { alarmPrefix, type LayerName } from "../../../infra/naming.ts";
import { cloudReconcileParts } from "../../../infra/update/cloud-reconcile.ts";
import { reconcileStack } from "../../../infra/update/reconcile-stack.ts";
import { settingOf, stackFile, withSetting } from "../../../infra/update/stack-file.ts";
import { alarmKeys, alarms } from "../../../monitoring/alarms.ts";
import { parameterPath, projectionParameters } from "../../../monitoring/rollout/projection.ts";
import { CloudStandIn } from "../../support/cloud-stand-in.ts";

const patience = 600_000;
const cloud = new CloudStandIn(120);
const environment = "local";
const file = stackFile(environment, "rollout");
const at = "2026-01-01T00:00:00.000Z";
const root = mkdtempSync(join(tmpdir(), "part-lens-cloud-reconcile-"));
const checkout = join(root, "checkout");
const identity = ["-c", "user.name=Ada", "-c", "user.email=ada@part-lens.example"];
const git = (directory: string, ...args: string[]) =>
  execFileSync("git", [...identity, ...args], { cwd: directory, encoding: "utf8", stdio: "pipe" }).trim();

/** The stack files of the local environment in a repository, with the rollout at canary-5. */
function repository(): void {
  git(root, "init", "--quiet", "--bare", "--initial-branch", "main", "remote.git");
  git(root, "clone", "--quiet", "remote.git", "checkout");
  git(checkout, "checkout", "--quiet", "-B", "main");
  for (const layer of ["rollout", "service"] as const) {
    const path = stackFile(environment, layer);
    mkdirSync(dirname(join(checkout, path)), { recursive: true });
    const text = readFileSync(path, "utf8");
    writeFileSync(
      join(checkout, path),
      layer === "rollout" ? withSetting(text, "rolloutStage", "canary-5") : text,
    );
  }
  git(checkout, "add", "--all");
  git(checkout, "commit", "--quiet", "--message", "At canary-5");
  git(checkout, "push", "--quiet", "origin", "main");
}

const stageOfFile = () => settingOf(readFileSync(join(checkout, file), "utf8"), "rolloutStage")!;
const parameter = (name: string, value: string) =>
  cloud.stack.aws.parameters.put({ name, value, type: "String", overwrite: true });

const said: string[] = [];
const updated: (readonly LayerName[])[] = [];

async function reconcile(dryRun = false) {
  const parts = await cloudReconcileParts({
    ...{ environment, dryRun, directory: checkout, branch: "main", waitMinutes: 3 },
    tell: (text) => said.push(text),
  });
  return reconcileStack({
    ...parts,
    patience: { ...parts.patience, pollMilliseconds: 200 },
    prepare: async () => [],
    update: async (layers) => {
      updated.push(layers);
      await cloud.stack.update("rollout", { "part-lens:rolloutStage": stageOfFile() });
    },
  });
}

const liveStage = () => {
  const { applicationId, environmentId, profileId } = cloud.service.flags.rollout;
  const { content = "{}" } = cloud.stack.aws.appConfig.live(applicationId, environmentId, profileId) ?? {};
  return (JSON.parse(content) as { metadata?: { stage?: string } }).metadata?.stage;
};

/** Until then AppConfig undoes a deployment, as it would while one of them is in ALARM. */
async function monitorsEvaluated(): Promise<void> {
  const states = cloud.stack.aws.alarms;
  const monitors = alarmKeys.filter((key) => "monitor" in alarms[key]);
  const state = () => monitors.map((key) => states.state(`${alarmPrefix(environment)}${key}`));
  await vi.waitFor(() => expect(new Set(state())).toEqual(new Set(["OK"])), {
    timeout: patience,
    interval: 50,
  });
}

beforeAll(async () => {
  repository();
  for (const [name, value] of Object.entries(await cloud.up())) vi.stubEnv(name, value);
  const cohort: string[] = [];
  const advance = { from: "off", to: "canary-5", actor: "ada", at, cohort } as const;
  const recorded = projectionParameters(environment, { lock: { locked: false }, advance, cohort });
  for (const [name, value] of Object.entries(recorded)) parameter(name, value);
  await monitorsEvaluated();
  await cloud.stack.update("rollout", { "part-lens:rolloutStage": "canary-5" });
}, patience);

afterAll(async () => {
  vi.unstubAllEnvs();
  await cloud.close();
  rmSync(root, { recursive: true, force: true });
}, patience);

describe("reconciling an environment", () => {
  it("leaves it alone while no way down was taken", { timeout: patience }, async () => {
    const { changes, text } = await reconcile();
    expect([changes, text]).toEqual([[], "local: no way down was taken; nothing to reconcile"]);
    expect(git(join(root, "remote.git"), "log", "--format=%s", "main")).toBe("At canary-5");
  });

  it("commits what is live, ends the bake, waits for quiet and lowers the layer", {
    timeout: patience,
  }, async () => {
    const { killSwitch, trippedVersion, strategyIds } = cloud.service.flags;
    const strategyId = strategyIds["0"]!;
    cloud.stack.aws.appConfig.startDeployment({
      ...killSwitch,
      ...{ version: trippedVersion, strategyId, description: "rolled back" },
    });
    const lock = { locked: true, cause: "serverErrors", alsoFiring: [], at, to: "off" };
    parameter(`${parameterPath(environment)}lock`, JSON.stringify(lock));
    const { text } = await reconcile(true);
    expect(text).toBe(
      `local: locked since ${at} because of serverErrors; would commit rolloutStage canary-5 to off`,
    );
    // The cap arrives at the service after AppConfig's delay; until then the bake is waited for.
    const report = await reconcile();
    expect(report.changes).toEqual([{ layer: "rollout", key: "rolloutStage", from: "canary-5", to: "off" }]);
    expect(git(join(root, "remote.git"), "show", `main:${file}`)).toBe(readFileSync(file, "utf8").trim());
    expect([updated, liveStage(), cloud.stack.outputs("rollout")?.stage]).toEqual([
      [["rollout"]],
      "off",
      "off",
    ]);
  });

  it("makes no other commit when it is started once more, as two records start it twice", {
    timeout: patience,
  }, async () => {
    const before = git(join(root, "remote.git"), "rev-parse", "main");
    expect((await reconcile()).commit).toBeUndefined();
    expect([git(join(root, "remote.git"), "rev-parse", "main"), liveStage()]).toEqual([before, "off"]);
  });
});
