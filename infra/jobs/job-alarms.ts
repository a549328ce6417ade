/** CloudWatch's inputs of a job's alarms. They tell people and move nothing: no topic that rolls back is theirs. */
import type * as pulumi from "@pulumi/pulumi";
import {
  type JobName,
  type JobRule,
  jobAlarms,
  jobSchedule,
  silenceOf,
} from "../../monitoring/job-schedule.ts";
import { findingsMetric, metricNamespace } from "../../monitoring/metrics.ts";
import { alarmPrefix } from "../naming.ts";

/** In ALARM while no run of the job has succeeded for a while: a dead man's switch. */
export function silenceAlarm(environment: string, job: JobName, functionName: pulumi.Input<string>) {
  const rule: JobRule = jobSchedule[job];
  const { period, evaluationPeriods } = silenceOf(rule.everyMinutes);
  const metric = (metricName: string) => ({
    namespace: "AWS/Lambda",
    metricName,
    dimensions: { FunctionName: functionName },
    period,
    stat: "Sum",
  });
  const minutes = (period * evaluationPeriods) / 60;
  return {
    name: `${alarmPrefix(environment)}${jobAlarms.silence(job)}`,
    alarmDescription: `The job ${job} has not succeeded for ${minutes} minutes: it ${rule.description}`,
    metricQueries: [
      {
        id: "result",
        expression: "FILL(runs, 0) - FILL(failed, 0)",
        label: `Runs of ${job} that succeeded`,
        returnData: true,
      },
      { id: "runs", metric: metric("Invocations") },
      { id: "failed", metric: metric("Errors") },
    ],
    comparisonOperator: "LessThanThreshold",
    threshold: 1,
    evaluationPeriods,
    datapointsToAlarm: evaluationPeriods,
    treatMissingData: "breaching",
  };
}

/** In ALARM after a run that found something; undefined for a job that finds nothing of that kind. */
export function findingsAlarm(environment: string, job: JobName) {
  const { finds }: JobRule = jobSchedule[job];
  if (finds === undefined) return undefined;
  return {
    name: `${alarmPrefix(environment)}${jobAlarms.findings(job)}`,
    alarmDescription: finds,
    namespace: metricNamespace(environment),
    metricName: findingsMetric.name,
    dimensions: { [findingsMetric.dimension]: job },
    period: 60,
    statistic: "Sum",
    comparisonOperator: "GreaterThanThreshold",
    threshold: 0,
    evaluationPeriods: 1,
    datapointsToAlarm: 1,
    treatMissingData: "notBreaching",
  };
}
