import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { componentType, physicalName } from "../infra/naming.ts";
import { sortedJson } from "../infra/policy.ts";
import { type CauseKey, causeKeys } from "./alarms.ts";
import { type MetricKey, metricNamespace, metrics, versionDimension } from "./metrics.ts";

export interface DashboardArgs {
  /** The environment, for the name and the namespace of our metrics. */
  readonly environment: string;
  /** The region of the metrics. */
  readonly region: string;
  /** The alarms whose states it shows. */
  readonly alarmArns: Readonly<Record<CauseKey, pulumi.Input<string>>>;
}

/** One page for whoever watches a rollout: the alarms, and each metric of v2 beside v1's of the same minutes. */
export class Dashboard extends pulumi.ComponentResource {
  constructor(name: string, args: DashboardArgs, options?: pulumi.ComponentResourceOptions) {
    super(componentType("monitoring", "Dashboard"), name, {}, options);
    const arns = pulumi.all(causeKeys.map((key) => args.alarmArns[key]));
    new aws.cloudwatch.Dashboard(
      name,
      {
        dashboardName: physicalName("dashboard", args.environment),
        dashboardBody: arns.apply((alarmArns) => dashboardBody(args.environment, args.region, alarmArns)),
      },
      { parent: this },
    );
    this.registerOutputs({});
  }
}

/** CloudWatch's grid is 24 wide. */
const gridWidth = 24;
const widgetsInRow = 3;
const alarmHeight = 5;
const metricHeight = 6;

/** The page as CloudWatch's JSON: the alarms on top, then a graph for each metric. */
export function dashboardBody(environment: string, region: string, alarmArns: readonly string[]): string {
  const states = {
    type: "alarm",
    x: 0,
    y: 0,
    width: gridWidth,
    height: alarmHeight,
    properties: { title: "Alarms, in the order in which causes are named", alarms: alarmArns },
  };
  const keys = Object.keys(metrics) as MetricKey[];
  const graphs = keys.map((key, index) => ({
    ...placeOf(index),
    type: "metric",
    properties: graphOf(key, environment, region),
  }));
  return sortedJson({ widgets: [states, ...graphs] });
}

function placeOf(index: number) {
  const width = gridWidth / widgetsInRow;
  return {
    x: (index % widgetsInRow) * width,
    y: alarmHeight + Math.floor(index / widgetsInRow) * metricHeight,
    width,
    height: metricHeight,
  };
}

function graphOf(key: MetricKey, environment: string, region: string) {
  const { name, unit } = metrics[key];
  const namespace = metricNamespace(environment);
  const versions = key === "integrityBreaks" || key === "drift" ? ["any"] : ["v1", "v2"];
  return {
    title: `${name} (${unit})`,
    region,
    period: 60,
    stat: key === "latency" ? "p95" : key === "drift" ? "Maximum" : "Sum",
    view: "timeSeries",
    metrics: versions.map((version) => [namespace, name, versionDimension, version]),
  };
}
