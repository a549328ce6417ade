import { beforeAll, describe, expect, it } from "vitest";
import program from "../../../infra/index.ts";
import { alarmChanges } from "../../../infra/preview/alarm-changes.ts";
import type { DiffStep } from "../../../infra/preview/diff.ts";
import { forbiddenChanges } from "../../../infra/preview/forbidden.ts";
import { cell } from "../../../infra/preview/markdown.ts";
import { reportOf, type StageReport, showStep, stageReport } from "../../../infra/preview/stage-report.ts";
import { stageTime, stageTimeText } from "../../../infra/preview/stage-time.ts";
import { resource } from "../policies/graph.ts";

const steps = (layer: "foundation" | "service" | "rollout", step: DiffStep["step"], type: string) => ({
  foundation: [],
  service: [],
  rollout: [],
  [layer]: [{ step, type, name: "it", properties: [] }],
});

describe("what is forbidden", () => {
  it.each([
    "aws:rds/cluster:Cluster",
    "postgresql:index/database:Database",
    "aws:s3/bucket:Bucket",
    "aws:lambda/function:Function",
    "aws:lambda/alias:Alias",
  ])("replacing or deleting %s, stage or not", (type) => {
    for (const step of ["replace", "delete"] as const)
      expect(forbiddenChanges(steps("service", step, type), false)).toHaveLength(1);
    for (const step of ["create", "update", "same"] as const)
      expect(forbiddenChanges(steps("service", step, type), false)).toEqual([]);
  });

  it("anything outside the rollout layer, when a stage moves", () => {
    const update = (layer: "foundation" | "rollout") => steps(layer, "update", "aws:sns/topic:Topic");
    expect(forbiddenChanges(update("foundation"), true)).toHaveLength(1);
    expect(forbiddenChanges(update("foundation"), false)).toEqual([]);
    expect(forbiddenChanges(update("rollout"), true)).toEqual([]);
    expect(forbiddenChanges(steps("service", "same", "aws:sns/topic:Topic"), true)).toEqual([]);
  });
});

describe("an alarm's change in words", () => {
  const alarm = (inputs: object) =>
    resource(
      "aws:cloudwatch/metricAlarm:MetricAlarm",
      {
        comparisonOperator: "GreaterThanThreshold",
        threshold: 5,
        period: 300,
        evaluationPeriods: 1,
        treatMissingData: "notBreaching",
        ...inputs,
      },
      { name: "serverErrors" },
    );
  const change = (after: object, before: object = {}) =>
    alarmChanges({ resources: [alarm(before)] }, { resources: [alarm(after)] });

  it.each([
    [{ threshold: 8 }, "serverErrors: more than 5 → more than 8 in 300 s"],
    [{ period: 60 }, "serverErrors: more than 5 in 300 s → more than 5 in 60 s"],
    [
      { evaluationPeriods: 3, datapointsToAlarm: 2 },
      "serverErrors: more than 5 in 300 s → more than 5 in 2 of 3 periods of 300 s",
    ],
    [{ treatMissingData: "breaching" }, "serverErrors: treatMissingData notBreaching → breaching"],
    [{ actionsEnabled: false }, "serverErrors: actionsEnabled nothing → false"],
    [{ metricQueries: [{ expression: "a / b" }] }, "serverErrors: rule one metric → a / b"],
  ])("%j", (after, words) => {
    expect(change(after)).toEqual([words]);
  });

  it("is none when only the description changed", () => {
    expect(change({ alarmDescription: "better words" })).toEqual([]);
  });

  it("notices that metric math counts another metric", () => {
    const of = (metricName: string) => ({
      metricQueries: [{ expression: "a" }, { id: "a", metric: { metricName } }],
    });
    expect(change(of("Timeouts"), of("Errors"))).toEqual(["serverErrors: its metrics changed"]);
  });

  it("names alarms that come and go", () => {
    const [none, one] = [{ resources: [] }, { resources: [alarm({})] }];
    expect(alarmChanges(none, one)).toEqual(["serverErrors: new, more than 5 in 300 s"]);
    expect(alarmChanges(one, none)).toEqual(["serverErrors: removed, was more than 5 in 300 s"]);
  });
});

describe("the time of a stage", () => {
  it("is the delays until every function has the document, and the bake of the plan", () => {
    expect(stageTime("canary-5")).toEqual({ exposedSeconds: 20, bakeMinutes: 60 });
    expect(stageTimeText("full-100")).toMatch(/^about 1441 min: up to 20 s .* a bake of 1440 min/);
    expect(stageTimeText("off")).toContain("no bake");
  });
});

describe("a stage of the real program", () => {
  let report: StageReport;

  beforeAll(async () => {
    report = await stageReport({ environment: "prod", program }, "canary-5", "ramp-20");
  });

  it("as Markdown: resources by kind, flag diff with the yachts' names, time, nothing forbidden", () => {
    const text = showStep(report, "prod", "markdown", false);
    expect(text).toMatch(/^## prod: canary-5 → ramp-20\n/);
    expect(text).toContain("**replace: 2**");
    expect(text).toContain("| rollout | aws Deployment | rollout |");
    expect(text).not.toContain("Forbidden");
    const [first] = report.change.newlyExposed;
    expect(text).toContain(`: ${first!.name}\n`);
    expect(text).toContain(`### Newly exposed: ${report.change.newlyExposed.length}\n\n- `);
    expect(text).toContain("No alarm changes.");
    expect(text).toContain("a bake of 60 min");
  });

  it("as JSON: the shape it always had, and what the check says", () => {
    const json = JSON.parse(showStep(report, "prod", "json", false)) as Record<string, unknown>;
    expect(Object.keys(json)).toEqual([
      "from",
      "to",
      "liveStateRead",
      "resources",
      "flagDocument",
      "newlyExposed",
      "noLongerExposed",
      "forbidden",
      "alarmChanges",
      "time",
    ]);
    expect(json.resources).toHaveLength(2);
  });

  it("calls out what is forbidden, in every format", () => {
    const leak = {
      step: "update",
      type: "aws:sns/topic:Topic",
      name: "alerts",
      properties: ["tags"],
    } as const;
    const { change } = report;
    const leaking = reportOf({ ...change, steps: { ...change.steps, service: [leak] } });
    expect(showStep(leaking, "prod", "markdown", false)).toContain("### ⛔ Forbidden changes: 1");
    expect(showStep(leaking, "prod", "text", false)).toContain(
      "FORBIDDEN update service aws:sns/topic:Topic alerts",
    );
  });

  it("keeps a name from breaking the table or the page", () => {
    expect(cell("a|b`c\nd")).toBe("a\\|b'c d");
  });
});
