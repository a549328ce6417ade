import { execFile, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { stageNames } from "../../../flags/plan.ts";
import { environments } from "../../../infra/naming.ts";

const directory = ".github/workflows";

interface Step {
  readonly uses?: string;
  readonly run?: string;
}

interface Workflow {
  readonly name: string;
  readonly on: { readonly workflow_dispatch?: { readonly inputs: Record<string, { options: string[] }> } };
  readonly permissions: Readonly<Record<string, string>>;
  readonly concurrency: { readonly group: string };
  readonly jobs: Readonly<
    Record<
      string,
      { readonly steps: readonly Step[]; readonly "timeout-minutes": number; readonly environment?: string }
    >
  >;
}

const files = readdirSync(directory);
const textOf = (file: string) => readFileSync(join(directory, file), "utf8");
const workflow = (file: string) => parse(textOf(file)) as Workflow;
const steps = (file: string) => Object.values(workflow(file).jobs).flatMap((job) => job.steps);

describe("the workflows", () => {
  it("are these three, each named as its file", () => {
    expect(files.sort()).toEqual(["ci.yml", "preview.yml", "rollout.yml"]);
    for (const file of files) expect(`${workflow(file).name}.yml`).toBe(file);
  });

  it.each(files)("%s pins every action by its commit, with the version beside it", (file) => {
    const uses = textOf(file).match(/uses: .*/g) ?? [];
    expect(uses.length).toBeGreaterThan(0);
    for (const line of uses) expect(line).toMatch(/^uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  it.each(files)("%s says what it may do and how long, and puts no input into a script", (file) => {
    expect(workflow(file).permissions.contents).toBe("read");
    for (const job of Object.values(workflow(file).jobs)) expect(job["timeout-minutes"]).toBeGreaterThan(0);
    for (const { run = "" } of steps(file)) expect(run).not.toContain("${{");
  });

  it.each(files)("%s runs scripts of package.json only", (file) => {
    const { scripts } = JSON.parse(readFileSync("package.json", "utf8")) as {
      scripts: Record<string, string>;
    };
    const runs = steps(file).flatMap(({ run = "" }) => [
      ...run.matchAll(/npm (?:run (?:--silent )?)?(\w+)/g),
    ]);
    for (const [, script] of runs) expect(Object.keys(scripts)).toContain(script);
  });

  const { inputs } = workflow("rollout.yml").on.workflow_dispatch!;
  const script =
    steps("rollout.yml").find(({ run = "" }) => run.includes("npm run --silent rollout"))?.run ?? "";
  /** The verbs of the script's line that ends so. */
  const verbsOf = (ending: string) => {
    const line = script.split("\n").find((text) => text.endsWith(ending)) ?? "";
    return line
      .replace(/\).*$/, "")
      .trim()
      .split(/ \| /)
      .map((verb) => verb.trim());
  };

  it("the rollout knows the stages of the plan, and every environment but the local one", () => {
    expect(inputs.to?.options).toEqual(["default", ...stageNames]);
    expect(inputs.environment?.options).toEqual(environments.slice(1));
  });

  it.each(inputs.verb?.options ?? [])(
    "the rollout gives the verb %s the options that it has",
    async (verb) => {
      const command = ["infra/update/rollout.ts", verb, "--help"];
      const { stdout } = await promisify(execFile)(process.execPath, command);
      for (const option of ["--env", "--actor", "--json"]) expect(stdout).toContain(option);
      expect(stdout.includes("--reason")).toBe(verbsOf('args+=(--reason "$REASON") ;;').includes(verb));
      expect(stdout.includes("--to ")).toBe(verbsOf('args+=(--to "$TO") ;;').includes(verb));
      expect(stdout.includes("[stage]")).toBe(verbsOf('args+=("$TO") ;;').includes(verb));
    },
  );

  /** What the script gives to the command, and how it ends where the command ends with that. */
  function asked(verb: string, to: string, exit = 0): { args: string; status: number | null } {
    const cwd = mkdtempSync(join(tmpdir(), "part-lens-workflow-"));
    const command = `npm() { printf '%s' "$*"; return ${exit}; }\n${script}`;
    const env = { VERB: verb, TO: to, REASON: "a b", ENVIRONMENT: "prod", GITHUB_ACTOR: "ada" };
    const { stdout, status } = spawnSync("bash", ["-e", "-c", command], {
      cwd,
      env: { PATH: process.env.PATH, GITHUB_STEP_SUMMARY: join(cwd, "summary.md"), ...env },
      encoding: "utf8",
    });
    rmSync(cwd, { recursive: true });
    return { args: stdout.replace("run --silent rollout -- ", ""), status };
  }

  it.each([
    ["status", "default", "status --env prod --actor ada --json"],
    ["advance", "default", "advance --env prod --actor ada --json"],
    ["advance", "ramp-20", "advance --env prod --actor ada --json --to ramp-20"],
    ["approve", "ramp-20", "approve --env prod --actor ada --json --reason a b ramp-20"],
    ["rollback", "off", "rollback --env prod --actor ada --json --reason a b --to off"],
    ["hold", "ramp-20", "hold --env prod --actor ada --json --reason a b"],
  ])("the rollout's script asks %s to %s as the command line has it", (verb, to, args) => {
    expect(asked(verb, to)).toEqual({ args, status: 0 });
  });

  it("the rollout's run fails when the verb is refused", () => {
    expect(asked("advance", "default", 1).status).toBe(1);
  });

  it("the rollout waits for no approval and no other run when it only looks or goes down", () => {
    const { concurrency, jobs } = workflow("rollout.yml");
    const unapproved = /fromJSON\('(\[[^\]]*\])'\)/;
    for (const text of [concurrency.group, jobs.rollout?.environment ?? ""])
      expect(JSON.parse(unapproved.exec(text)?.[1] ?? "[]")).toEqual([
        "status",
        "explain",
        "hold",
        "rollback",
      ]);
  });

  it("the preview comments what a pull request changes, and fails for what is forbidden", () => {
    const text = textOf("preview.yml");
    expect(text).toContain("npm run --silent preview -- --markdown --base");
    expect(text).toContain("gh pr comment");
    expect(text).toContain('exit "$STATUS"');
  });
});
