import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { StageName } from "../../../flags/plan.ts";
import type { LayerName } from "../../../infra/naming.ts";
import {
  ReconcileIncomplete,
  type ReconcileParts,
  type ReconcileView,
  reconcileStack,
} from "../../../infra/update/reconcile-stack.ts";
import { stackFile, withSetting } from "../../../infra/update/stack-file.ts";
import { StackRepository } from "../../../infra/update/stack-repository.ts";
import { alarmKeys, alarms } from "../../../monitoring/alarms.ts";
import { liveOf, stateAt } from "../../monitoring/rollout/live.ts";

const at = "2026-01-01T00:00:00.000Z";
const identity = ["-c", "user.name=Ada", "-c", "user.email=ada@part-lens.example"];
const monitor = alarmKeys.find((key) => "monitor" in alarms[key])!;
const files = { rollout: stackFile("prod", "rollout"), service: stackFile("prod", "service") };

let root: string;
let checkout: string;

const git = (directory: string, ...args: string[]) =>
  execFileSync("git", [...identity, ...args], { cwd: directory, encoding: "utf8", stdio: "pipe" }).trim();
const onRemote = (path: string) => git(join(root, "remote.git"), "show", `main:${path}`);
const commits = () => git(join(root, "remote.git"), "log", "--format=%s", "main").split("\n");

/** The real files of prod in a repository, at that stage. */
function repositoryAt(stage: StageName): void {
  root = mkdtempSync(join(tmpdir(), "part-lens-reconcile-"));
  git(root, "init", "--quiet", "--bare", "--initial-branch", "main", "remote.git");
  git(root, "clone", "--quiet", "remote.git", "checkout");
  checkout = join(root, "checkout");
  git(checkout, "checkout", "--quiet", "-B", "main");
  for (const path of Object.values(files)) {
    mkdirSync(dirname(join(checkout, path)), { recursive: true });
    const text = readFileSync(path, "utf8");
    writeFileSync(
      join(checkout, path),
      path === files.rollout ? withSetting(text, "rolloutStage", stage) : text,
    );
  }
  git(checkout, "add", "--all");
  git(checkout, "commit", "--quiet", "--message", `At ${stage}`);
  git(checkout, "push", "--quiet", "origin", "main");
}

const locked = (to: StageName) => ({ lock: { locked: true, cause: "serverErrors", at, to } }) as const;
const quiet = Object.fromEntries(alarmKeys.map((key) => [key, "OK"] as const));
const view = ({ heldCode, ...over }: Partial<ReconcileView>): ReconcileView => ({
  ...liveOf(stateAt("off"), { alarms: quiet, ...over }),
  heldCode,
});

/** An environment that shows these views in turn, the last one for good, and what was done to it. */
function environment(views: readonly ReconcileView[], over: Partial<ReconcileParts> = {}) {
  const left = [...views];
  const done: string[] = [];
  const parts: ReconcileParts = {
    environment: "prod",
    look: async () => (left.length > 1 ? left.shift()! : left[0]!),
    place: {
      stopDeployments: async () => void done.push("stop"),
      lower: async (stage) => done.push(`lower ${stage}`) > 0,
    },
    repository: new StackRepository({ directory: checkout, branch: "main" }),
    prepare: async () => [],
    update: async (layers: readonly LayerName[]) => void done.push(`update ${layers.join(" ")}`),
    tell: (text) => done.push(text),
    patience: { seconds: 0, pollMilliseconds: 0 },
    dryRun: false,
    ...over,
  };
  return { parts, done, acts: () => done.filter((text) => /^(stop|lower|update)\b/.test(text)) };
}

beforeEach(() => repositoryAt("ramp-20"));
afterEach(() => rmSync(root, { recursive: true, force: true }));

describe("reconciling a stack", () => {
  it("does nothing where no way down was taken, though the file is ahead of what is live", async () => {
    const { parts, done } = environment([view({ documentStage: "off" })]);
    const report = await reconcileStack(parts);
    expect([report.changes, report.updated, done]).toEqual([[], [], []]);
    expect(report.text).toBe("prod: no way down was taken; nothing to reconcile");
    expect(commits()).toEqual(["At ramp-20"]);
  });

  it("commits what is live first, then updates the rollout layer", async () => {
    const { parts, acts } = environment([
      view({ documentStage: "ramp-20", cap: 0, ...locked("off") }),
      view({ documentStage: "ramp-20", cap: 0, ...locked("off") }),
      view({ documentStage: "off", cap: 0, ...locked("off") }),
    ]);
    const report = await reconcileStack(parts);
    expect(report).toMatchObject({
      because: `locked since ${at} because of serverErrors`,
      changes: [{ layer: "rollout", key: "rolloutStage", from: "ramp-20", to: "off" }],
      updated: ["rollout"],
    });
    expect(acts()).toEqual(["update rollout"]);
    expect(commits()[0]).toBe("Say what is live in prod: rolloutStage ramp-20 to off");
    expect(`${onRemote(files.rollout)}\n`).toBe(readFileSync(files.rollout, "utf8"));
    expect(git(checkout, "rev-parse", "HEAD")).toBe(report.commit);
  });

  it("writes the version of the code that was put back, and updates the service layer before the rollout's", async () => {
    const live = view({ documentStage: "off", cap: 0, ...locked("off"), heldCode: 12 });
    const { parts, acts } = environment([live]);
    expect((await reconcileStack(parts)).changes.map(({ key, to }) => [key, to])).toEqual([
      ["rolloutStage", "off"],
      ["codeVersion", "12"],
    ]);
    expect(acts()).toEqual(["update service rollout"]);
    expect(onRemote(files.service)).toContain("part-lens:codeVersion: 12\n");
  });

  it("says what it would do, and does nothing, in a dry run", async () => {
    const live = view({ documentStage: "canary-5", ...locked("canary-5") });
    const { parts, done } = environment([live], { dryRun: true });
    const { text } = await reconcileStack(parts);
    expect(text).toMatch(/^prod: locked since .* would commit rolloutStage ramp-20 to canary-5$/);
    expect([done, commits()]).toEqual([[], ["At ramp-20"]]);
  });

  it("makes no second commit when it is run again, and carries on with the update", async () => {
    const live = view({ documentStage: "off", cap: 0, ...locked("off") });
    await reconcileStack(environment([live]).parts);
    const { parts, acts } = environment([live]);
    expect((await reconcileStack(parts)).commit).toBeUndefined();
    expect([acts(), commits().length]).toEqual([["update rollout"], 2]);
  });

  const deployment = { number: 7, state: "BAKING", startedAt: at } as const;

  it("waits for a deployment that bakes while yachts are on v2, and updates only then", async () => {
    const above = { documentStage: "ramp-20", cap: 100, ...locked("canary-5") } as const;
    const { parts, acts, done } = environment(
      [
        view({ ...above, deployment }),
        view({ ...above, deployment }),
        view(above),
        view({ ...above, documentStage: "canary-5" }),
      ],
      { patience: { seconds: 60, pollMilliseconds: 0 } },
    );
    await reconcileStack(parts);
    expect(acts()).toEqual(["update rollout"]);
    expect(done).toContain("waiting: deployment 7 is BAKING");
  });

  it("stops a deployment that bakes where nobody is on v2: it may take a day and proves nothing", async () => {
    const capped = { documentStage: "ramp-20", cap: 0, ...locked("off") } as const;
    const { parts, acts } = environment(
      [
        view({ ...capped, deployment }),
        view({ ...capped, deployment }),
        view({ ...capped, deployment: { ...deployment, state: "ROLLING_BACK" } }),
        view(capped),
        view({ ...capped, documentStage: "off" }),
      ],
      { patience: { seconds: 60, pollMilliseconds: 0 } },
    );
    await reconcileStack(parts);
    expect(acts()).toEqual(["stop", "update rollout"]);
  });

  it("updates nothing while a monitor fires, as AppConfig would undo it; the files are committed all the same", async () => {
    const loud = { ...quiet, [monitor]: "ALARM" } as const;
    const { parts, acts } = environment([
      view({ documentStage: "ramp-20", cap: 0, alarms: loud, ...locked("off") }),
    ]);
    const attempt = reconcileStack(parts);
    await expect(attempt).rejects.toThrow(ReconcileIncomplete);
    await expect(attempt).rejects.toThrow(`not OK: ${monitor}`);
    expect([acts(), commits()[0]]).toEqual([[], "Say what is live in prod: rolloutStage ramp-20 to off"]);
  });

  it("lowers the document itself where AppConfig has undone a deployment that the layer takes for made", async () => {
    const above = view({ documentStage: "ramp-20", cap: 0, ...locked("off") });
    const { parts, acts } = environment([above, above, above, { ...above, documentStage: "off" }]);
    await reconcileStack(parts);
    expect(acts()).toEqual(["update rollout", "lower off"]);
  });

  it("says so where the document stays above what is configured", async () => {
    const above = view({ documentStage: "ramp-20", cap: 0, ...locked("off") });
    await expect(reconcileStack(environment([above]).parts)).rejects.toThrow(
      "the document still says ramp-20",
    );
  });

  it("looks again where somebody pushes meanwhile: what they lowered further is not raised", async () => {
    const other = join(root, "other");
    git(root, "clone", "--quiet", "remote.git", "other");
    let first = true;
    const prepare = async () => {
      if (!first) return [];
      first = false;
      const path = join(other, files.rollout);
      writeFileSync(path, withSetting(readFileSync(path, "utf8"), "rolloutStage", "off"));
      git(other, "commit", "--quiet", "--all", "--message", "Off by hand");
      git(other, "push", "--quiet", "origin", "main");
      return [];
    };
    const live = view({ documentStage: "canary-5", cap: 100, ...locked("canary-5") });
    const { parts, done } = environment([live, live, { ...live, documentStage: "off" }], { prepare });
    expect((await reconcileStack(parts)).changes).toEqual([]);
    expect(done).toContain("somebody has pushed meanwhile; looking again");
    expect(commits()[0]).toBe("Off by hand");
  });
});
