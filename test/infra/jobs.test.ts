import { beforeAll, describe, expect, it } from "vitest";
import { jobFunction } from "../../infra/jobs/job-function.ts";
import type { Graph } from "../../infra/preview/graph.ts";
import { recordedJobs } from "../../monitoring/job-records/job-record.ts";
import { type JobRule, jobNames, jobSchedule, rateExpression } from "../../monitoring/job-schedule.ts";
import { latencyQuery } from "../../monitoring/trends/latency-days.ts";
import { ofType, plannedEnvironment, the } from "../support/planned-environment.ts";

const ref = (type: string, name: string, property: string) => `\${ref:${type}::${name}::${property}}`;
let service: Graph;

beforeAll(async () => {
  service = (await plannedEnvironment("prod")).layers.service.graph;
});

interface Statement {
  readonly Sid: string;
  readonly Resource: string | string[];
}
const statementsOf = (name: string) =>
  JSON.parse(String(the(service, "aws:iam/rolePolicy:RolePolicy", name).inputs.policy))
    .Statement as Statement[];

describe("a scheduled job", () => {
  it("is called by a schedule of its own, at the table's rate, with the table's input, and by nothing else", () => {
    const schedules = ofType(service, "aws:scheduler/schedule:Schedule").map(({ name }) => name);
    expect(schedules.filter((name) => name.startsWith("job-"))).toHaveLength(jobNames.length);
    for (const job of jobNames) {
      const name = jobFunction(job);
      const { everyMinutes, input = {} }: JobRule = jobSchedule[job];
      expect(the(service, "aws:scheduler/schedule:Schedule", name).inputs).toMatchObject({
        name: `part-lens-prod-${name}`,
        scheduleExpression: rateExpression(everyMinutes),
        flexibleTimeWindow: { mode: "OFF" },
        target: {
          arn: ref("aws:lambda/alias:Alias", name, "arn"),
          roleArn: ref("aws:iam/role:Role", `${name}-schedule`, "arn"),
          input: JSON.stringify({ at: "<aws.scheduler.scheduled-time>", ...input }),
        },
      });
      const [run, ...more] = statementsOf(`${name}-schedule`);
      expect([run?.Resource, more]).toEqual([ref("aws:lambda/alias:Alias", name, "arn"), []]);
    }
  });

  it("runs once at a time, in the network where it signs in, with the table's handler and time", () => {
    for (const job of jobNames) {
      const rule: JobRule = jobSchedule[job];
      const { inputs } = the(service, "aws:lambda/function:Function", jobFunction(job));
      expect(inputs).toMatchObject({
        handler: `index.${rule.handler ?? job}`,
        timeout: rule.timeoutSeconds,
        reservedConcurrentExecutions: 1,
      });
      expect([job, inputs.vpcConfig !== undefined]).toEqual([job, rule.signsInAs.length > 0]);
    }
  });

  it("signs in as the table's database roles only, and takes yachts' sessions only where the table says so", () => {
    for (const job of jobNames) {
      const { signsInAs, sessions, records, reports, asksLog }: JobRule = jobSchedule[job];
      const statements = statementsOf(jobFunction(job));
      const sids = [
        "OwnLog",
        ...(signsInAs.length > 0 ? ["DatabaseSignIn"] : []),
        ...(sessions ? ["YachtsSession"] : []),
        ...(reports ? ["EvidenceRead", "EvidenceList"] : []),
        ...(records || reports ? ["EvidenceWrite", "EvidenceEncryption"] : []),
        ...(asksLog ? ["LatencyQuery", "LatencyResults"] : []),
      ];
      expect([job, statements.map(({ Sid }) => Sid)]).toEqual([job, sids]);
      const signIn = statements.find(({ Sid }) => Sid === "DatabaseSignIn");
      const roles = [signIn?.Resource ?? []].flat().map((arn) => arn.split("/").at(-1));
      expect([job, [...new Set(roles)].sort()]).toEqual([job, [...signsInAs].sort()]);
    }
  });

  it("writes the records of its own runs in the evidence bucket where the table says so, and reads nothing there", () => {
    const recorded = jobNames.filter((job) => (jobSchedule[job] as JobRule).records);
    expect(recorded).toEqual([
      ...["probe", "reconcile", "reconcileAll", "review", "orphans", "queries", "trends"],
    ]);
    for (const job of jobNames.filter((name) => name !== "weekly")) {
      const { inputs } = the(service, "aws:lambda/function:Function", jobFunction(job));
      const { variables } = inputs.environment as { variables: Record<string, string> };
      expect([job, "RECORDS_BUCKET" in variables]).toEqual([job, recorded.includes(job)]);
      const statements = statementsOf(jobFunction(job)).filter(({ Sid }) => Sid.startsWith("Evidence"));
      if (!recorded.includes(job)) expect(statements).toEqual([]);
      else
        expect(statements).toMatchObject([
          { Action: "s3:PutObject", Resource: [expect.stringMatching(`/reports/${job}/\\*$`)] },
          { Action: ["kms:GenerateDataKey"] },
        ]);
    }
  });

  it("reads all records and writes the reports of weeks alone, where it makes them", () => {
    expect(statementsOf("job-weekly").slice(1)).toMatchObject([
      {
        Action: "s3:GetObject",
        Resource: recordedJobs.map((job) => expect.stringMatching(new RegExp(`/reports/${job}/\\*$`))),
      },
      { Action: "s3:ListBucket" },
      { Action: "s3:PutObject", Resource: [expect.stringMatching(/\/reports\/weekly\/\*$/)] },
      { Action: ["kms:Decrypt", "kms:GenerateDataKey"] },
    ]);
  });

  it("asks the API's log what an operator finds as the stack's saved query", () => {
    const { inputs } = the(service, "aws:cloudwatch/queryDefinition:QueryDefinition", "jobs");
    expect(inputs).toEqual({
      name: "part-lens/prod/latency by action and tenant",
      logGroupNames: ["/aws/lambda/part-lens-prod-api"],
      queryString: latencyQuery,
    });
    const [query] = statementsOf("job-trends").filter(({ Sid }) => Sid === "LatencyQuery");
    expect(query?.Resource).toEqual([
      expect.stringMatching(/:log-group:\/aws\/lambda\/part-lens-prod-api$/),
      expect.stringMatching(/:log-group:\/aws\/lambda\/part-lens-prod-api:\*$/),
    ]);
  });

  it("has alarms that tell people and roll nothing back: of its silence, and of its findings where it has any", () => {
    const alerts = [ref("aws:sns/topic:Topic", "alerts", "arn")];
    for (const job of jobNames) {
      const name = jobFunction(job);
      const { finds }: JobRule = jobSchedule[job];
      expect(the(service, "aws:cloudwatch/metricAlarm:MetricAlarm", `${name}-silence`).inputs).toMatchObject({
        name: `part-lens-prod-${job}Silence`,
        treatMissingData: "breaching",
        comparisonOperator: "LessThanThreshold",
        threshold: 1,
        alarmActions: alerts,
      });
      const found = ofType(service, "aws:cloudwatch/metricAlarm:MetricAlarm").filter(
        (alarm) => alarm.name === `${name}-findings`,
      );
      expect([job, found.length]).toEqual([job, finds ? 1 : 0]);
      if (finds) expect(found[0]?.inputs).toMatchObject({ dimensions: { Job: job }, alarmActions: alerts });
    }
  });
});
