import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as aws from "@pulumi/aws";
import * as postgresql from "@pulumi/postgresql";
import * as pulumi from "@pulumi/pulumi";
import { describe, expect, onTestFinished, test } from "vitest";
import { graphJson } from "../../../infra/preview/graph.ts";
import { type PlanRequest, type Program, plan } from "../../../infra/preview/plan.ts";

function planOf(program: Program, more: Partial<PlanRequest> = {}) {
  return plan({
    project: "part-lens",
    stack: "test-service",
    config: { "aws:region": "eu-central-1" },
    program,
    stackOutputs: () => undefined,
    ...more,
  });
}

describe("plan", () => {
  test("outputs are placeholders, and inputs that the program gave are known", async () => {
    const { graph, outputs } = await planOf(async () => {
      const bucket = new aws.s3.Bucket("photos", { bucket: "part-photos" });
      new aws.s3.BucketPolicy("photos", {
        bucket: bucket.bucket,
        policy: pulumi.jsonStringify({ on: bucket.arn }),
      });
      return { arn: bucket.arn, bucket: bucket.bucket };
    });
    expect(outputs).toEqual({ arn: "${ref:aws:s3/bucket:Bucket::photos::arn}", bucket: "part-photos" });
    const policy = graph.resources.find((resource) => resource.type.endsWith("BucketPolicy"));
    expect(policy?.inputs).toEqual({
      bucket: "part-photos",
      policy: '{"on":"${ref:aws:s3/bucket:Bucket::photos::arn}"}',
    });
    expect(policy?.dependsOn).toEqual(["aws:s3/bucket:Bucket::photos"]);
  });

  test("the options of a resource are recorded", async () => {
    const { graph } = await planOf(async () => {
      const group = new pulumi.ComponentResource("part-lens:test:Group", "group");
      const topic = new aws.sns.Topic("alerts", {}, { parent: group, protect: true });
      const provider = new postgresql.Provider("master", { host: topic.arn, superuser: false });
      new postgresql.Role(
        "api",
        { name: "api", password: pulumi.secret("hidden") },
        {
          provider,
          deletedWith: topic,
          retainOnDelete: true,
          ignoreChanges: ["password"],
          aliases: [{ name: "old" }],
          deleteBeforeReplace: true,
          dependsOn: [topic],
        },
      );
    });
    const role = graph.resources.find((resource) => resource.name === "api");
    expect(role).toMatchObject({
      custom: true,
      inputs: { name: "api", password: "hidden" },
      provider: "pulumi:providers:postgresql::master",
      deletedWith: "aws:sns/topic:Topic::alerts",
      retainOnDelete: true,
      deleteBeforeReplace: true,
      ignoreChanges: ["password"],
      aliases: ["old"],
      secretInputs: ["password"],
      dependsOn: ["aws:sns/topic:Topic::alerts"],
    });
    const topic = graph.resources.find((resource) => resource.name === "alerts");
    expect(topic).toMatchObject({ protect: true, parent: "part-lens:test:Group::group" });
  });

  test("an archive is known by its content", async () => {
    const directory = mkdtempSync(join(tmpdir(), "plan-"));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const archived = async () => {
      const { graph } = await planOf(async () => {
        new aws.lambda.Function("api", { role: "r", code: new pulumi.asset.FileArchive(directory) });
      });
      return graph.resources[0]?.inputs.code as { hash: string };
    };
    writeFileSync(join(directory, "index.mjs"), "one");
    const one = await archived();
    expect(await archived()).toEqual(one);
    writeFileSync(join(directory, "index.mjs"), "two");
    expect((await archived()).hash).not.toBe(one.hash);
  });

  test("a stack reference is answered from the other stack's outputs, placeholders kept", async () => {
    const seen: string[] = [];
    const { outputs } = await planOf(
      async () => {
        const other = new pulumi.StackReference("organization/part-lens/test-foundation");
        return { vpc: other.requireOutput("vpc") };
      },
      {
        stackOutputs: (name) => {
          seen.push(name);
          return { vpc: "${ref:aws:ec2/vpc:Vpc::main::id}" };
        },
      },
    );
    expect(outputs).toEqual({ vpc: "${ref:aws:ec2/vpc:Vpc::main::id}" });
    expect(seen).toEqual(["organization/part-lens/test-foundation"]);
  });

  test("a stack reference to a stack without outputs says which stack to update", async () => {
    const program = async () => {
      const other = new pulumi.StackReference("organization/part-lens/test-foundation");
      return { vpc: other.requireOutput("vpc") };
    };
    await expect(planOf(program)).rejects.toThrow(/test-foundation has no outputs.*update it first/);
  });

  test("live parameters are answered below their path, and a plan says whether they were read", async () => {
    const program = async () => ({
      names: (await aws.ssm.getParametersByPath({ path: "/part-lens/test/rollout" })).names,
    });
    const read = await planOf(program, {
      parameters: { "/part-lens/test/rollout/lock": "{}", "/other": "x" },
    });
    expect(read).toMatchObject({ liveStateRead: true, outputs: { names: ["/part-lens/test/rollout/lock"] } });
    expect(await planOf(program)).toMatchObject({ liveStateRead: false, outputs: { names: [] } });
  });

  test("an unknown lookup is named", async () => {
    const program = async () => ({ ami: (await aws.ec2.getAmi({ owners: ["self"] })).id });
    await expect(planOf(program)).rejects.toThrow(/no answer to the lookup aws:ec2\/getAmi:getAmi/);
  });

  test("a type whose outputs are not known is named", async () => {
    const program = async () => {
      new aws.dynamodb.Table("t", { attributes: [], hashKey: "a" });
    };
    await expect(planOf(program)).rejects.toThrow(/aws:dynamodb\/table:Table t: add the type/);
  });

  test("a failing apply that nobody reads fails the plan", async () => {
    const program = async () => {
      new aws.sns.Topic("a").arn.apply(() => {
        throw new Error("leaf broke");
      });
    };
    await expect(planOf(program)).rejects.toThrow(/leaf broke/);
  });

  test("two resources of one type and name fail the plan", async () => {
    const program = async () => {
      new aws.sns.Topic("a");
      new aws.sns.Topic("a");
    };
    await expect(planOf(program)).rejects.toThrow(/two resources are aws:sns\/topic:Topic a/);
  });

  test("a program that never settles fails at the time limit, and the next plan works", async () => {
    const never = () => new Promise<undefined>(() => undefined);
    await expect(planOf(never, { timeoutSeconds: 0.05 })).rejects.toThrow(/did not settle within 0.05 s/);
    await expect(planOf(async () => ({ a: 1 }))).resolves.toMatchObject({ outputs: { a: 1 } });
  });

  test("plans asked for at once do not mix their configuration", async () => {
    const stages = ["off", "canary-5", "ramp-20"];
    const program = async () => {
      new aws.sns.Topic("a");
      await new Promise(setImmediate);
      return { stage: new pulumi.Config("part-lens").require("stage") };
    };
    const plans = await Promise.all(
      stages.map((stage) => planOf(program, { config: { "part-lens:stage": stage } })),
    );
    expect(plans.map((one) => one.outputs.stage)).toEqual(stages);
  });

  test("the same program gives the same text", async () => {
    const program = async () => {
      new aws.sns.Topic("b", { tags: { z: "1", a: "2" } });
      new aws.sns.Topic("a");
    };
    const [one, two] = [await planOf(program), await planOf(program)];
    expect(graphJson(one.graph)).toBe(graphJson(two.graph));
    expect(graphJson(one.graph).indexOf('"a"')).toBeLessThan(graphJson(one.graph).indexOf('"z"'));
  });
});
