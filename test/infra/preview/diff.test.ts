import { describe, expect, test } from "vitest";
import { diffGraphs } from "../../../infra/preview/diff.ts";
import type { PlannedResource } from "../../../infra/preview/graph.ts";
import { renderSteps } from "../../../infra/preview/render.ts";

function resource(
  type: string,
  name: string,
  inputs: object,
  more: Partial<PlannedResource> = {},
): PlannedResource {
  return {
    type,
    name,
    urn: `urn:${name}`,
    custom: true,
    inputs: { ...inputs },
    dependsOn: [],
    protect: false,
    retainOnDelete: false,
    deleteBeforeReplace: false,
    ignoreChanges: [],
    replaceOnChanges: [],
    aliases: [],
    secretInputs: [],
    ...more,
  };
}

const topic = "aws:sns/topic:Topic";
const hosted = "aws:appconfig/hostedConfigurationVersion:HostedConfigurationVersion";
const deployment = "aws:appconfig/deployment:Deployment";
const lambda = "aws:lambda/function:Function";
const alias = "aws:lambda/alias:Alias";
const diff = (before: PlannedResource[], after: PlannedResource[]) =>
  diffGraphs({ resources: before }, { resources: after }).map(({ step, name, properties }) => [
    step,
    name,
    properties.join(" "),
  ]);

describe("diffGraphs", () => {
  test("creates, updates, deletes and leaves alone", () => {
    const before = [
      resource(topic, "a", { tags: { x: "1" } }),
      resource(topic, "b", {}),
      resource(topic, "c", {}),
      resource(topic, "d", {}),
    ];
    const after = [
      resource(topic, "a", { tags: { x: "2" } }),
      resource(topic, "b", {}),
      resource(topic, "e", {}),
    ];
    expect(diff(before, after)).toEqual([
      ["update", "a", "tags.x"],
      ["same", "b", ""],
      ["create", "e", ""],
      ["delete", "d", ""],
      ["delete", "c", ""],
    ]);
  });

  test("a new document replaces the hosted version and the deployment that hands it out", () => {
    const graph = (content: string) => [
      resource(hosted, "flags", { content }),
      resource(deployment, "flags", { configurationVersion: `\${ref:${hosted}::flags::versionNumber}` }),
    ];
    expect(diff(graph("1"), graph("2"))).toEqual([
      ["replace", "flags", "content"],
      ["replace", "flags", "configurationVersion"],
    ]);
  });

  test("new code moves the alias, and nothing that refers to the function's name", () => {
    const graph = (hash: string) => [
      resource(lambda, "api", { name: "api", code: { $archive: "bundle", hash } }),
      resource(alias, "live", { functionName: "api", functionVersion: `\${ref:${lambda}::api::version}` }),
      resource(topic, "alerts", { tags: { api: `\${ref:${lambda}::api::arn}` } }),
    ];
    expect(diff(graph("1"), graph("2"))).toEqual([
      ["update", "api", "code"],
      ["update", "live", "functionVersion"],
      ["same", "alerts", ""],
    ]);
  });

  test("where an archive lies is no difference", () => {
    const graph = (path: string) => [resource(lambda, "api", { code: { $archive: path, hash: "1" } })];
    expect(diff(graph("a"), graph("b"))).toEqual([["same", "api", ""]]);
  });

  test("ignored changes are no difference, and a renamed resource keeps its identity", () => {
    const before = [resource(topic, "old", { tags: { x: "1" }, displayName: "a" })];
    const after = [
      resource(
        topic,
        "new",
        { tags: { x: "2" }, displayName: "a" },
        { aliases: ["old"], ignoreChanges: ["tags"] },
      ),
    ];
    expect(diff(before, after)).toEqual([["same", "new", ""]]);
  });

  test("what is named after a renamed parent keeps its identity, too, and so does what refers to it", () => {
    const component = "part-lens:x:X";
    const tree = (name: string, aliases: string[]) => {
      const child = `${name}-child`;
      return [
        resource(component, name, {}, { custom: false, aliases }),
        resource(component, child, {}, { custom: false, parent: `${component}::${name}` }),
        resource(topic, child, { name: "n" }, { parent: `${component}::${child}` }),
        resource(lambda, "user", { name: "u", role: `\${ref:${topic}::${child}::arn}` }),
        resource(alias, `${name}.other`, { name: "o" }, { parent: `${component}::${name}` }),
      ];
    };
    expect(diff(tree("old", []), tree("new", ["old"]))).toEqual([
      ["same", "new-child", ""],
      ["same", "user", ""],
      ["same", "new.other", ""],
    ]);
    const steps = diff(tree("old", []), tree("new", [])).map(([step]) => step);
    expect(steps).toEqual(["create", "update", "create", "delete", "delete"]);
  });

  test("a name that cannot change in place, and a property named by replaceOnChanges, replace", () => {
    const before = [resource(topic, "a", { name: "x" }), resource(topic, "b", { displayName: "x" })];
    const after = [
      resource(topic, "a", { name: "y" }),
      resource(topic, "b", { displayName: "y" }, { replaceOnChanges: ["displayName"] }),
    ];
    expect(diff(before, after).map(([step]) => step)).toEqual(["replace", "replace"]);
  });
});

describe("renderSteps", () => {
  const step = (kind: "create" | "replace" | "same", name: string, properties: string[] = []) => ({
    step: kind,
    type: topic,
    name,
    properties,
  });

  test("prints what is touched and counts the rest", () => {
    const text = renderSteps([step("create", "a"), step("replace", "b", ["name"]), step("same", "c")], false);
    expect(text).toBe(
      [
        `  +  create  ${topic} a`,
        `  +- replace ${topic} b  [diff: name]`,
        "  1 to create, 1 to replace, 1 unchanged",
      ].join("\n"),
    );
  });

  test("colours only when asked for", () => {
    expect(renderSteps([step("create", "a")], false)).not.toContain("\u001b");
    expect(renderSteps([step("create", "a")], true)).toContain("\u001b");
  });
});
