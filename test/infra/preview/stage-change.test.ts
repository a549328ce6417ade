import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stageOf } from "../../../flags/plan.ts";
import { AmbiguousResource, checkGraph } from "../../../infra/preview/check-graph.ts";
import { planAtStage } from "../../../infra/preview/layers.ts";
import { renderChange, touchedResources } from "../../../infra/preview/render-change.ts";
import { stageChange } from "../../../infra/preview/stage-change.ts";

const fleet = { yachts: ["a", "b", "c", "d", "e"].map((id) => ({ id, name: `Yacht ${id.toUpperCase()}` })) };
const other = (layer: string) => new pulumi.StackReference(`organization/part-lens/local-${layer}`);

const programs: Record<string, () => Promise<Record<string, unknown>>> = {
  foundation: async () => ({ topic: new aws.sns.Topic("base").arn }),
  service: async () => {
    const application = new aws.appconfig.Application("flags", {
      tags: { topic: other("foundation").requireOutput("topic").apply(String) },
    });
    new aws.lambda.Function("api", { role: "r", code: new pulumi.asset.FileArchive("flags") });
    return { fleet, application: application.id };
  },
  /** Starts from the previous cohort and only grows it, as the real one does. */
  rollout: async () => {
    const stage = new pulumi.Config("part-lens").require("rolloutStage");
    const live = await aws.ssm.getParametersByPath({ path: "/part-lens/local/rollout/" });
    const before = JSON.parse(
      live.values[live.names.findIndex((name) => name.endsWith("/cohort"))] ?? "[]",
    ) as string[];
    const { percent } = stageOf(stage);
    const size = Math.ceil((percent / 100) * fleet.yachts.length);
    const ids = [...before, ...fleet.yachts.map(({ id }) => id).reverse()];
    const cohort = [...new Set(ids)].slice(0, size).sort();
    const version = new aws.appconfig.HostedConfigurationVersion("flags", {
      applicationId: other("service").requireOutput("application").apply(String),
      configurationProfileId: "p",
      contentType: "application/json",
      content: JSON.stringify({ percent, cohort }),
    });
    new aws.appconfig.Deployment("flags", {
      applicationId: "a",
      configurationProfileId: "p",
      environmentId: "e",
      deploymentStrategyId: "s",
      configurationVersion: pulumi.interpolate`${version.versionNumber}`,
    });
    return { cohort };
  },
};

const program = async () => programs[pulumi.getStack().split("-")[1] ?? ""]?.();
let stacksDirectory: string;

beforeAll(() => {
  stacksDirectory = mkdtempSync(join(tmpdir(), "stacks-"));
  for (const layer of ["foundation", "service", "rollout"]) {
    const text = `config:\n  aws:region: eu-west-1\n  rolloutStage: "off"\n`;
    writeFileSync(join(stacksDirectory, `Pulumi.local-${layer}.yaml`), text);
  }
});

afterAll(() => rmSync(stacksDirectory, { recursive: true }));

const request = () => ({ environment: "local" as const, program, stacksDirectory });

describe("a step of the rollout", () => {
  test("touches the hosted version and its deployment, and no other layer", async () => {
    const change = await stageChange(request(), "canary-5", "ramp-50");
    expect(touchedResources(change)).toEqual([
      expect.objectContaining({ layer: "rollout", name: "flags", step: "replace", properties: ["content"] }),
      expect.objectContaining({ layer: "rollout", step: "replace", properties: ["configurationVersion"] }),
    ]);
    expect(change.steps.service.map(({ step }) => step)).toEqual(["same", "same"]);
  });

  test("names the yachts that are newly exposed, each cohort starting from the one before", async () => {
    const change = await stageChange(request(), "ramp-20", "ramp-50");
    expect(change.newlyExposed).toEqual([
      { id: "c", name: "Yacht C" },
      { id: "d", name: "Yacht D" },
    ]);
    const back = await stageChange(request(), "ramp-50", "off");
    expect(back.newlyExposed).toEqual([]);
    expect(back.noLongerExposed.map(({ id }) => id)).toEqual(["c", "d", "e"]);
  });

  test("shows the flag document's differences, a list by what came and went", async () => {
    const { flagDocument } = await stageChange(request(), "ramp-20", "ramp-50");
    expect(flagDocument.changes).toEqual([
      { path: "cohort", added: ["c", "d"], removed: [] },
      { path: "percent", before: 20, after: 50 },
    ]);
  });

  test("reads as text with the yachts' names, and says that the live state was not read", async () => {
    const text = renderChange(await stageChange(request(), "ramp-20", "ramp-50"), "local", false);
    expect(text).toContain("local: ramp-20 → ramp-50\nlive state not read");
    expect(text).toContain("service: 0 of 2 resources touched");
    expect(text).toContain("  cohort: + Yacht C  + Yacht D");
    expect(text).toContain("newly exposed: 2\n  Yacht C\n  Yacht D");
    expect(text).not.toContain("outside the rollout layer");
  });

  test("warns when another layer is touched", async () => {
    const change = await stageChange(request(), "off", "canary-5");
    const step = { step: "update", type: "aws:sns/topic:Topic", name: "base", properties: ["tags"] } as const;
    const leaking = { ...change, steps: { ...change.steps, foundation: [step] } };
    expect(renderChange(leaking, "local", false)).toContain("1 resource outside the rollout layer");
  });
});

describe("the graph for aws-check", () => {
  test("has the resources of all layers, with references across them and archives by their label", async () => {
    const { resources } = checkGraph(await planAtStage(request(), "canary-5"));
    const named = (type: string) => resources.find((resource) => resource.type.endsWith(type));
    expect(resources).toHaveLength(5);
    expect(named(":Application")?.inputs).toEqual({
      tags: { topic: "${ref:aws:sns/topic:Topic::base::arn}" },
    });
    expect(named(":Function")?.inputs).toMatchObject({ code: { $archive: "flags" } });
    expect(named(":HostedConfigurationVersion")?.inputs).toMatchObject({
      applicationId: "${ref:aws:appconfig/application:Application::flags::id}",
      content: '{"percent":5,"cohort":["e"]}',
    });
    // A URN: the application, the version and the deployment are all named "flags".
    expect(named(":Deployment")?.dependsOn).toEqual([
      "urn:pulumi:check::part-lens::aws:appconfig/hostedConfigurationVersion:HostedConfigurationVersion::flags",
    ]);
  });

  test("refuses two layers with a resource of one type and name", async () => {
    const plans = await planAtStage(request(), "off");
    expect(() => checkGraph({ ...plans, foundation: plans.service })).toThrow(AmbiguousResource);
  });
});

test("the command says which options it wants", () => {
  const run = spawnSync(process.execPath, ["infra/preview/preview.ts", "--env", "local", "--from", "soon"], {
    encoding: "utf8",
  });
  expect(run.status).toBe(1);
  expect(run.stderr).toContain('no stage "soon"; the plan has off, canary-5');
});
