import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as aws from "@pulumi/aws";
import * as postgresql from "@pulumi/postgresql";
import * as pulumi from "@pulumi/pulumi";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { LocalHost } from "../../../infra/local/host.ts";
import type { Properties, Realiser, Wanted } from "../../../infra/local/realiser.ts";
import type { Program } from "../../../infra/preview/plan.ts";

/** Makes things in memory and writes down what it was asked. */
class Memory implements Realiser {
  readonly types = ["aws:sns/topic:Topic", "aws:sns/topicPolicy:TopicPolicy", "postgresql:index/role:Role"];
  timeoutSeconds = 120;
  readonly calls: string[] = [];
  readonly wanted = new Map<string, Wanted>();
  failOn = "";
  hangOn = "";
  running = 0;
  most = 0;

  async #work(call: string, wanted: Wanted): Promise<Properties> {
    this.calls.push(`${call} ${wanted.name}`);
    this.most = Math.max(this.most, ++this.running);
    await new Promise(setImmediate);
    this.running--;
    if (wanted.name === this.hangOn) await new Promise(() => undefined);
    if (wanted.name === this.failOn) throw new Error("out of order");
    this.wanted.set(wanted.name, wanted);
    const name = String(wanted.inputs.name ?? wanted.name);
    return { id: name, arn: `arn:${name}:${wanted.inputs.displayName ?? ""}` };
  }

  create = (wanted: Wanted) => this.#work("create", wanted);
  update = (wanted: Wanted) => this.#work("update", wanted);
  delete = async (old: Wanted) =>
    void this.calls.push(`delete ${old.name} ${old.inputs.name ?? ""}`.trimEnd());
}

let directory: string;
let memory: Memory;
let host: LocalHost;
const open = () => new LocalHost({ directory, realisers: [memory], region: "eu-central-1" });

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "host-"));
  memory = new Memory();
  host = open();
});

afterEach(() => rmSync(directory, { recursive: true }));

const run = (program: Program, preview = false) => host.update("test-service", program, {}, { preview });
const kinds = (steps: readonly { step: string; name: string }[]) =>
  steps.map(({ step, name }) => `${step} ${name}`);

/** `a` is what `b` and `c` are made from. */
const three =
  (displayName: string, name = "a") =>
  async () => {
    const a = new aws.sns.Topic("a", { name, displayName });
    const b = new aws.sns.Topic("b", { displayName: a.arn });
    new aws.sns.TopicPolicy("c", { arn: b.arn, policy: pulumi.jsonStringify({ a: a.arn }) });
    return { arn: b.arn };
  };

describe("an update", () => {
  test("makes what is new in dependency order, with real outputs in the place of references", async () => {
    const { steps, outputs } = await run(three("x"));
    expect(kinds(steps)).toEqual(["create a", "create b", "create c"]);
    expect(memory.wanted.get("b")?.inputs).toEqual({ displayName: "arn:a:x" });
    expect(memory.wanted.get("c")?.inputs).toEqual({ arn: "arn:b:arn:a:x", policy: '{"a":"arn:a:x"}' });
    expect(outputs).toEqual({ arn: "arn:b:arn:a:x" });
  });

  test("leaves alone what is the same, also after the state was opened again", async () => {
    await run(three("x"));
    host = open();
    memory.calls.length = 0;
    expect(kinds((await run(three("x"))).steps)).toEqual(["same a", "same b", "same c"]);
    expect(memory.calls).toEqual([]);
  });

  test("changes what depends on an output that changed", async () => {
    await run(three("x"));
    memory.calls.length = 0;
    const { steps } = await run(three("y"));
    expect(steps.map(({ name, properties }) => [name, ...properties])).toEqual([
      ["a", "displayName"],
      ["b", "displayName"],
      ["c", "arn", "policy"],
    ]);
    expect(memory.calls).toEqual(["update a", "update b", "update c"]);
  });

  test("replaces by making the new one first and deleting the old one last", async () => {
    await run(three("x"));
    memory.calls.length = 0;
    const { steps } = await run(three("x", "a2"));
    expect(kinds(steps)).toEqual(["replace a", "update b", "update c"]);
    expect(memory.calls).toEqual(["create a", "update b", "update c", "delete a a"]);
  });

  test("deletes first where the program says so", async () => {
    const named = (name: string) => async () => {
      new aws.sns.Topic("a", { name }, { deleteBeforeReplace: true });
    };
    await run(named("one"));
    await run(named("two"));
    expect(memory.calls).toEqual(["create a", "delete a one", "create a"]);
  });

  test("does not delete a replaced resource whose id the new one has taken over", async () => {
    const grown = (fifoTopic: boolean) => async () => {
      new aws.sns.Topic("a", { name: "kept", fifoTopic });
    };
    await run(grown(false));
    const { steps } = await run(grown(true));
    expect(kinds(steps)).toEqual(["replace a"]);
    expect(memory.calls).toEqual(["create a", "create a"]);
  });

  test("deletes what the program no longer names, dependents first", async () => {
    await run(three("x"));
    memory.calls.length = 0;
    const { steps } = await run(async () => undefined);
    expect(kinds(steps)).toEqual(["delete c", "delete b", "delete a"]);
    expect(memory.calls).toEqual(["delete c", "delete b", "delete a a"]);
  });

  test("in a preview tells the same steps and makes nothing", async () => {
    await run(three("x"));
    memory.calls.length = 0;
    const { steps } = await run(three("x", "a2"), true);
    expect(kinds(steps)).toEqual(["replace a", "update b", "update c"]);
    expect(memory.calls).toEqual([]);
    expect(kinds((await run(three("x"))).steps)).toEqual(["same a", "same b", "same c"]);
  });

  test("works on at most four independent resources at once", async () => {
    await run(async () => {
      for (const name of "abcdefgh") new aws.sns.Topic(name);
    });
    expect(memory.most).toBe(4);
  });

  test("lists what no realiser covers, with outputs as AWS shapes them", async () => {
    const { notSimulated, outputs } = await run(async () => {
      const vpc = new aws.ec2.Vpc("main", { cidrBlock: "10.0.0.0/16" });
      const role = new aws.iam.Role("api", { name: "part-lens-api", assumeRolePolicy: "{}" });
      return { vpc: vpc.id, role: role.arn };
    });
    expect(notSimulated).toEqual(["aws:ec2/vpc:Vpc main", "aws:iam/role:Role api"]);
    expect(outputs).toEqual({
      vpc: expect.stringMatching(/^vpc-[0-9a-f]{17}$/),
      role: "arn:aws:iam::000000000000:role/part-lens-api",
    });
  });

  test("hands a realiser the inputs of its provider, decoded", async () => {
    await run(async () => {
      const topic = new aws.sns.Topic("a");
      const provider = new postgresql.Provider("master", { host: topic.arn, port: 5432, superuser: false });
      new postgresql.Role("api", {}, { provider });
    });
    expect(memory.wanted.get("api")?.provider).toMatchObject({
      host: "arn:a:",
      port: "5432",
      superuser: false,
    });
  });

  test("answers a stack reference from the other local stack", async () => {
    const reader = async () => {
      const other = new pulumi.StackReference("organization/part-lens/test-service");
      return { arn: other.requireOutput("arn") };
    };
    await expect(host.update("test-rollout", reader, {})).rejects.toThrow(/test-service has no outputs/);
    await run(three("x"));
    expect((await host.update("test-rollout", reader, {})).outputs).toEqual({ arn: "arn:b:arn:a:x" });
  });

  test("gives the program the live parameters", async () => {
    const parameters = () => ({ "/part-lens/test/rollout/lock": '{"locked":true}' });
    host = new LocalHost({ directory, realisers: [memory], region: "eu-central-1", parameters });
    const { outputs } = await run(async () => ({
      values: (await aws.ssm.getParametersByPath({ path: "/part-lens/test/rollout" })).values,
    }));
    expect(outputs).toEqual({ values: ['{"locked":true}'] });
  });
});

describe("a failing update", () => {
  test("keeps what was done, starts nothing new, names the resource, and can be run again", async () => {
    memory.failOn = "b";
    await expect(run(three("x"))).rejects.toMatchObject({
      name: "UpdateFailed",
      resource: "aws:sns/topic:Topic b",
      message: "aws:sns/topic:Topic b: out of order",
    });
    expect(memory.calls).toEqual(["create a", "create b"]);
    expect(host.outputs("test-service")).toBeUndefined();
    memory.failOn = "";
    host = open();
    expect(kinds((await run(three("x"))).steps)).toEqual(["same a", "create b", "create c"]);
  });

  test("is what a realiser over its time limit makes of it", async () => {
    memory.hangOn = "a";
    memory.timeoutSeconds = 0.2;
    await expect(run(three("x"))).rejects.toThrow("aws:sns/topic:Topic a: not done within 0.2 s");
  });

  test("is what a failing apply makes of it, with nothing made", async () => {
    const program = async () => {
      new aws.sns.Topic("a").arn.apply(() => {
        throw new Error("leaf broke");
      });
    };
    await expect(run(program)).rejects.toThrow(/leaf broke/);
    expect(memory.calls).toEqual([]);
  });

  test("names the output that a realiser does not give", async () => {
    const program = async () => {
      const topic = new aws.sns.Topic("a");
      new aws.sns.Topic("b", { displayName: topic.owner });
    };
    await expect(run(program)).rejects.toThrow(/topic:Topic a gives no output "owner"/);
  });
});

describe("options", () => {
  test("ignored changes keep the old value", async () => {
    const shown = (displayName: string, tag: string) => async () => {
      new aws.sns.Topic("a", { displayName, tags: { tag } }, { ignoreChanges: ["displayName"] });
    };
    await run(shown("x", "1"));
    expect(kinds((await run(shown("y", "1"))).steps)).toEqual(["same a"]);
    await run(shown("y", "2"));
    expect(memory.wanted.get("a")?.inputs).toEqual({ displayName: "x", tags: { tag: "2" } });
  });

  test("a protected resource is neither deleted nor replaced", async () => {
    const guarded = (name: string) => async () => {
      new aws.sns.Topic("a", { name }, { protect: true });
    };
    await run(guarded("one"));
    await expect(run(guarded("two"))).rejects.toThrow(/is protected and would be replaced/);
    await expect(run(async () => undefined)).rejects.toThrow(/is protected and would be deleted/);
    await expect(host.destroy("test-service")).rejects.toThrow(/is protected/);
    expect(memory.calls).toEqual(["create a"]);
  });

  test("a retained resource and one that vanishes with its owner are forgotten, not deleted", async () => {
    await run(async () => {
      const owner = new aws.sns.Topic("owner");
      new aws.sns.Topic("part", {}, { deletedWith: owner, dependsOn: [owner] });
      new aws.sns.Topic("kept", {}, { retainOnDelete: true });
    });
    memory.calls.length = 0;
    await host.destroy("test-service");
    expect(memory.calls).toEqual(["delete owner"]);
    expect(host.resources("test-service")).toEqual([]);
  });
});

describe("the state", () => {
  test("is readable by its owner alone, and says how to go on when it is broken", async () => {
    await run(three("x"));
    const file = join(directory, "test-service.json");
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(JSON.parse(readFileSync(file, "utf8")).outputs).toEqual({ arn: "arn:b:arn:a:x" });
    writeFileSync(file, "{");
    host = open();
    await expect(run(three("x"))).rejects.toThrow(/is not the state of a local stack; remove it/);
  });
});
