import { beforeAll, describe, expect, it } from "vitest";
import program from "../../../infra/index.ts";
import { environments } from "../../../infra/naming.ts";
import { evaluate, type Judged, judgedEnvironment } from "../../../infra/policies/evaluation.ts";
import { wildcardRule } from "../../../infra/policies/rules/no-unexplained-wildcard.ts";
import { wildcardReasons } from "../../../infra/policies/wildcard-reasons.ts";

const judged: Record<string, Judged> = {};

beforeAll(async () => {
  for (const environment of environments)
    judged[environment] = await judgedEnvironment({ environment, program });
});

describe("the policies over the real graphs", () => {
  it.each(environments)("no rule is violated in any layer of %s", (environment) => {
    expect(evaluate(judged[environment]!).findings).toEqual([]);
  });

  it("every rule applies to something in prod, or to what only dev has: none has gone blind", () => {
    const [prod, dev] = [evaluate(judged.prod!).applied, evaluate(judged.dev!).applied];
    expect(Object.keys(prod).filter((rule) => !prod[rule] && !dev[rule])).toEqual([]);
    expect(Object.keys(prod).filter((rule) => !prod[rule])).toEqual(["closed-host"]);
  });

  it("staging and prod protect what holds data", () => {
    expect([judged.staging!.protectData, judged.prod!.protectData]).toEqual([true, true]);
  });

  it.each(Object.keys(wildcardReasons))("the reason for the wildcard of %s is still needed", (entry) => {
    const { [entry]: _left, ...others } = wildcardReasons;
    const findings = environments.flatMap((name) => evaluate(judged[name]!, [wildcardRule(others)]).findings);
    expect(findings.length).toBeGreaterThan(0);
  });

  it("a stage that leaks into another layer is noticed", () => {
    const { layers, ...rest } = judged.local!;
    const [first, ...others] = layers.service.filter(({ type }) => type === "aws:sns/topic:Topic");
    const leaking = { ...first!, inputs: { ...first!.inputs, tags: { stage: "off" } } };
    const { findings } = evaluate({ ...rest, layers: { ...layers, service: [leaking, ...others] } });
    expect(findings.map(({ rule, property }) => [rule, property])).toContainEqual([
      "stage-in-rollout-only",
      "tags",
    ]);
  });
});
