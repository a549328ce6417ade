import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { catalogue } from "../../../infra/policies/catalogue.ts";
import type { Rule } from "../../../infra/policies/rule.ts";
import { stageInRolloutOnly } from "../../../infra/policies/rules/stage-in-rollout-only.ts";
import type { PlannedResource } from "../../../infra/preview/graph.ts";
import { cases, moreViolations } from "./cases.ts";
import { around, resource } from "./graph.ts";

const named = catalogue.map((rule) => [rule.id, rule] as const);
const ruleOf = (id: string) => catalogue.find((rule) => rule.id === id)!;

function ask(rule: Rule, graph: readonly PlannedResource[], more = {}) {
  return rule.judge(graph[0]!, around(graph, more));
}

describe("the catalogue of policy rules", () => {
  it("has every file of rules, under the file's name, and a case for each", () => {
    const files = readdirSync("infra/policies/rules").map((file) => file.replace(/\.ts$/, ""));
    expect(catalogue.map(({ id }) => id).sort()).toEqual(files.sort());
    expect(Object.keys(cases).sort()).toEqual(files.sort());
  });

  it.each(named)("%s: a graph that keeps it is compliant", (id, rule) => {
    const { compliant, around: more } = cases[id]!;
    expect(ask(rule, compliant, more)).toEqual({ answer: "compliant" });
  });

  it.each(named)("%s: a graph that breaks it is a violation, and the place is told", (id, rule) => {
    const { violating, property, around: more, aroundViolating } = cases[id]!;
    expect(ask(rule, violating, { ...more, ...aroundViolating })).toEqual({
      answer: "violation",
      message: expect.stringMatching(/\w/),
      property,
    });
  });

  it.each(moreViolations)("%s refuses %s", (id, _what, graph) => {
    expect(ask(ruleOf(id), graph).answer).toBe("violation");
  });

  it.each(named)("%s does not apply to a component without inputs", (_id, rule) => {
    const component = resource("part-lens:api:Api", {}, { custom: false });
    const about = { layer: "rollout" as const };
    expect(rule.judge(component, around([component], about))).toEqual({ answer: "notApplicable" });
  });

  it("lets a resource of the rollout layer depend on the stage, and notices one that comes and goes elsewhere", () => {
    const topic = resource("aws:sns/topic:Topic", {});
    const gone = { atOtherStage: () => undefined };
    expect(stageInRolloutOnly.judge(topic, around([topic], { ...gone, layer: "rollout" })).answer).toBe(
      "notApplicable",
    );
    expect(stageInRolloutOnly.judge(topic, around([topic], gone)).answer).toBe("violation");
  });

  it("asks for no deletion protection where the configuration does not protect data", () => {
    const bucket = resource("aws:s3/bucket:Bucket", {});
    expect(ask(ruleOf("deletion-protection"), [bucket], { protectData: false }).answer).toBe("notApplicable");
  });

  it("takes a secret input for what it is: no violation", () => {
    const secret = resource("aws:sns/topic:Topic", { password: "x" }, { secretInputs: ["password"] });
    expect(ask(ruleOf("no-plain-secret"), [secret]).answer).toBe("compliant");
  });
});
