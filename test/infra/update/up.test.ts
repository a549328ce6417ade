import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { IncidentFile } from "../../../monitoring/incident/incident-file.ts";
import type { Status } from "../../../monitoring/rollout/verbs/status.ts";
import { StackProcess } from "../../support/stack-process.ts";

const meltemi = "1681b488-c20d-4f01-8753-02b80fcce2f3";
const patience = 600_000;
const stack = new StackProcess();
let url = "";
let token = "";
let asking: Promise<void> | undefined;
let isAsking = true;

/** A request of the pilot's captain; the header says which version answered. */
async function lowStock(): Promise<{ status: number; version: string | null }> {
  const answer = await fetch(`${url}/parts/low-stock?yacht_id=${meltemi}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  await answer.arrayBuffer();
  return { status: answer.status, version: answer.headers.get("x-part-lens-version") };
}

/**
 * Until the canary is proven: at this speed a few slow commands are a quarter of an hour in which nobody was served, and
 * prove nothing. So few requests prove nothing either.
 */
async function keepAsking(): Promise<void> {
  for (; isAsking; await pause(3_000)) await lowStock();
}

async function statusOf(): Promise<Status> {
  return JSON.parse((await stack.rollout("status", "--json")).stdout) as Status;
}

/** Traffic until the status is as wanted: without any, an alarm says that nobody is served. */
async function until(wanted: (status: Status) => boolean): Promise<Status> {
  for (;;) {
    for (let request = 0; request < 5; request++) await lowStock();
    const status = await statusOf();
    if (wanted(status)) return status;
  }
}

const isQuiet = ({ alarms }: Status) => alarms.firing.length === 0 && alarms.withoutData.length === 0;

/** The commands of this machine's processes. */
const commands = () => execFileSync("ps", ["-axww", "-o", "command="], { encoding: "utf8" }).split("\n");

/** What tells this stack's processes apart: its folder, and the databases' own, which may lie elsewhere. */
function marksOf(state: string): string[] {
  const files = readdirSync(join(state, "clusters"))
    .map((name) => join(state, "clusters", name, "postgres.json"))
    .filter((file) => existsSync(file));
  return [state, ...files.map((file) => (JSON.parse(readFileSync(file, "utf8")) as { data: string }).data)];
}

/** The messages to the contacts whose subject says that: one for each of them. */
function told(subject: string): string[] {
  const file = join(stack.directory, "state", "stack", "notifications.jsonl");
  const lines = existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : [];
  const all = lines.map((line) => JSON.parse(line) as { subject?: string; message: string });
  return all.flatMap((one) => (one.subject?.includes(subject) ? [one.message] : []));
}

/** The last incident, once its record is whole. */
async function wholeIncident(): Promise<IncidentFile> {
  return vi.waitFor(
    async () => {
      const file = JSON.parse((await stack.incident("show", "--json")).stdout) as IncidentFile;
      if (!file.hasPostmortem) throw new Error("the postmortem is not drafted yet");
      return file;
    },
    { timeout: patience / 2, interval: 500 },
  );
}

/** Enough requests of v2 for the canary's proof, a few at a time. */
async function prove(): Promise<void> {
  const some = async () => {
    for (let request = 0; request < 80; request++) await lowStock();
  };
  await Promise.all(Array.from({ length: 4 }, some));
}

beforeAll(async () => {
  url = await stack.up(["--speed", "20"], ["./test/support/kill-switch-on-signal.ts"]);
  token = (await stack.again("--token-for", "captain@Meltemi")).stdout.trim();
  asking = keepAsking();
}, patience);
afterAll(async () => {
  isAsking = false;
  await asking?.catch(() => undefined);
  await stack.close();
}, patience);

describe("a local stack that serves", () => {
  it("answers with v1 at off, and keeps its control token to this user", async () => {
    expect(await lowStock()).toEqual({ status: 200, version: "v1" });
    const mode = (name: string) => statSync(join(stack.directory, "state", name)).mode & 0o777;
    expect([mode("control.json"), mode("users.json")]).toEqual([0o600, 0o600]);
    expect(stack.output).toMatch(/trial/);
  });

  it("leaves what the jobs by hand need of it, to this user alone", async () => {
    const file = join(stack.directory, "state", "jobs.env");
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const run = (...command: string[]) => {
      const line = `. '${file}' && exec '${process.execPath}' ${command.join(" ")}`;
      return execFileSync("sh", ["-c", line], { encoding: "utf8", env: { PATH: process.env.PATH } });
    };
    expect(run("monitoring/jobs-command.ts", "integrity")).toMatch(
      /aegean-charter: looked at whole, 0 found/,
    );
    expect(run("monitoring/jobs-command.ts", "probe", "--no-records")).toMatch(
      /objects: \d+ attempts, 0 found/,
    );
    expect(run("api/database/audit-command.ts", "verify")).toMatch(/20 yachts, \d+ rows, 0 broken/);
  });

  it("lets nobody in without the token", async () => {
    const { url: control } = JSON.parse(
      readFileSync(join(stack.directory, "state", "control.json"), "utf8"),
    ) as { url: string };
    const body = JSON.stringify({ verb: "rollback", actor: "mallory" });
    for (const authorization of ["", "Bearer wrong"]) {
      const answer = await fetch(control, { method: "POST", body, headers: { authorization } });
      expect(answer.status).toBe(401);
    }
    expect(await statusOf()).toMatchObject({ stage: "off", lock: null });
  });

  it(
    "advances once the alarms have data, and v2 serves the pilot",
    async () => {
      expect(await until((status) => isQuiet(status) && status.document === "off")).toMatchObject({
        stage: "off",
      });
      const advanced = await stack.rollout("advance", "--actor", "ada");
      expect(advanced).toMatchObject({ code: 0, stdout: expect.stringMatching(/live: 5 %/) });
      expect(await lowStock()).toEqual({ status: 200, version: "v2" });
      expect(await statusOf()).toMatchObject({
        stage: "canary-5",
        percent: { planned: 5, live: 5 },
        cap: 100,
      });
    },
    patience,
  );

  it(
    "rises no further without a proof, and explains why",
    async () => {
      const refused = await stack.rollout("advance");
      expect(refused).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/no verdict yet; it must pass/),
      });
      const { stdout } = await stack.rollout("explain", "--traffic", "10");
      expect(stdout).toMatch(/✗ verdict/);
      expect(stdout).toMatch(/errorRate .*inconclusive/);
      expect(stdout).toMatch(/✗ canary-5 +errorRate in 60 min: \d+ of 299 requests come/);
    },
    patience,
  );

  it(
    "is signed off by name and role, and not declared production-ready before its time",
    async () => {
      expect((await stack.rollout("sign-off", "--name", "Ada Lovelace")).stderr).toMatch(/--role/);
      const signed = await stack.rollout("sign-off", "--name", "Ada Lovelace", "--role", "fleet manager");
      expect(signed).toMatchObject({ code: 0, stdout: expect.stringMatching(/Ada Lovelace .* canary-5/) });
      expect(await statusOf()).toMatchObject({
        signOffs: [{ name: "Ada Lovelace", role: "fleet manager" }],
        declaration: null,
      });
      const refused = await stack.rollout("declare", "production-ready");
      expect(refused.code).toBe(1);
      for (const missing of [
        /at canary-5, not at full-100/,
        /serves 5 %, not 100 %/,
        /errorRate < 0\.3 %: inconclusive/,
      ])
        expect(refused.stderr).toMatch(missing);
    },
    patience,
  );

  it(
    "is carried on by a runner, which is killed and goes on where the log is",
    async () => {
      const trial = ["--bake-minutes", "1", "--actor", "ci"];
      const first = stack.watch(...trial);
      await first.printed(/canary-5 (bakes until|is)/);
      expect((await stack.rollout("advance")).stderr).toMatch(/ci@.* carries the rollout on/);
      await first.end("SIGKILL");
      expect(await stack.rollout("watch", ...trial)).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/unlock --reason/),
      });
      expect((await stack.rollout("unlock", "--reason", "killed by the test")).code).toBe(0);
      await prove();
      isAsking = false;
      await asking;
      const second = stack.watch(...trial);
      await second.printed(/ramp-20: 4 of 20 yachts on v2; live: 20 %/);
      expect(await second.end("SIGINT")).toBe(0);
      const status = await statusOf();
      expect(status).toMatchObject({ stage: "ramp-20", lease: null, verdicts: [{ verdict: "pass" }] });
    },
    patience,
  );

  it(
    "rolls back to 0 by the verb, locked, and advances again only once acknowledged",
    async () => {
      expect(await lowStock()).toEqual({ status: 200, version: "v2" });
      const down = await stack.rollout("rollback", "--reason", "drill", "--json");
      expect(JSON.parse(down.stdout)).toMatchObject({ to: "off", cap: 0 });
      expect(down.code).toBe(0);
      expect(await lowStock()).toEqual({ status: 200, version: "v1" });
      await vi.waitFor(() => expect(told("rolled back to 0, cause drill")).not.toEqual([]), patience / 2);
      expect(new Set(told("rolled back to 0, cause drill")).size).toBe(1);
      const { missing, parts, told: messages } = await wholeIncident();
      expect(missing).toEqual({});
      expect(messages).toMatchObject([{ way: "control", receipts: [{ channel: "sns" }] }]);
      expect(parts.run).toMatchObject({ cause: "drill", move: { from: "ramp-20", to: "off" } });
      expect(parts.exposure).toMatchObject({ stage: "ramp-20", cohort: expect.arrayContaining([meltemi]) });
      expect(parts.yachts?.counts).toMatchObject([{ yacht: meltemi, failures: 0 }]);
      const refused = await stack.rollout("advance");
      expect(refused).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/locked .* drill.*acknowledge/),
      });
      await until((status) => status.document === "off" && isQuiet(status));
      expect((await stack.rollout("acknowledge")).stderr).toMatch(/--reason/);
      const acknowledged = await stack.rollout("acknowledge", "--reason", "it was a drill");
      expect(acknowledged.code).toBe(0);
      expect(await statusOf()).toMatchObject({
        stage: "off",
        lock: null,
        cap: 100,
        percent: { planned: 0, live: 0 },
      });
    },
    patience,
  );

  it(
    "records a rollback that no verb asked for, and brings the document down",
    async () => {
      await until(isQuiet);
      expect((await stack.rollout("advance")).code).toBe(0);
      stack.signal("SIGUSR2");
      const status = await until(({ stage, document }) => stage === "off" && document === "off");
      expect(status).toMatchObject({ lock: { cause: "rlsLeak", to: "off" }, cap: 0 });
      await vi.waitFor(
        () => expect(stack.output).toMatch(/rolled back to off because of rlsLeak/),
        patience / 2,
      );
    },
    patience,
  );

  it(
    "is reported on in one HTML file, from its log and its metrics",
    async () => {
      const file = join(stack.directory, "report", "rollout.html");
      const reported = await stack.rollout("report", "--out", file, "--json");
      expect(reported).toMatchObject({ code: 0, stderr: expect.stringContaining(file) });
      const { stages, rollbacks, requests } = JSON.parse(reported.stdout);
      expect(
        stages.map(({ stage, verdict }: { stage: string; verdict: string }) => [stage, verdict]),
      ).toEqual([
        ["canary-5", "pass"],
        ["ramp-20", "rolledBack"],
        ["canary-5", "rolledBack"],
      ]);
      expect(rollbacks.map(({ cause }: { cause: string }) => cause)).toEqual(["drill", "rlsLeak"]);
      expect(requests).toBeGreaterThan(320);
      const report = readFileSync(file, "utf8");
      for (const text of ["Part Lens v2, local: the rollout", "rlsLeak", "signed off by Ada Lovelace"])
        expect(report).toContain(text);
    },
    patience,
  );

  it("is refused a second time in the same folder", async () => {
    expect(await stack.again()).toMatchObject({ code: 2, stderr: expect.stringMatching(/up .* already/) });
  });

  it(
    "ends by Ctrl-C, leaving no process, and the lock outlives it in the log",
    async () => {
      const marks = marksOf(join(stack.directory, "state"));
      const own = () => commands().filter((command) => marks.some((mark) => command.includes(mark)));
      expect(marks).toHaveLength(2);
      expect(own().length).toBeGreaterThan(2);
      expect(await stack.end("SIGINT")).toBe(0);
      // PostgreSQL's watcher ends when it sees that we have.
      await vi.waitFor(() => expect(own()).toEqual([]), patience / 2);
      expect(await stack.rollout("status")).toMatchObject({
        code: 2,
        stderr: expect.stringMatching(/no local stack is up .*npm run up/),
      });
      const log = join(stack.directory, "state", "rollout-log");
      const last = readdirSync(log).sort().at(-1)!;
      expect(JSON.parse(readFileSync(join(log, last), "utf8"))).toMatchObject({
        kind: "rolledBack",
        to: "off",
      });
    },
    patience,
  );
});

describe("what needs a cloud", () => {
  it.each([
    ["up", ["--env", "dev"]],
    ["rollout", ["advance", "--env", "prod"]],
  ])("%s says what it needs without the pulumi CLI", async (command, args) => {
    const path = process.env.PATH;
    process.env.PATH = "";
    try {
      const ended = await (command === "up" ? stack.again(...args) : stack.rollout(...args));
      expect(ended).toMatchObject({
        code: 2,
        stderr: expect.stringMatching(/pulumi CLI and AWS credentials/),
      });
    } finally {
      process.env.PATH = path;
    }
  });
});
