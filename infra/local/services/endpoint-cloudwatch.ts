import { z } from "zod";
import type { AlarmDescription, AlarmService } from "./alarm-service.ts";
import { AwsError } from "./aws-error.ts";
import {
  type EndpointAnswer,
  type EndpointProtocol,
  jsonAnswer,
  type SignedRequest,
} from "./endpoint-protocol.ts";
import type { MetricStore } from "./metric-store.ts";

const alarmState = z.enum(["OK", "ALARM", "INSUFFICIENT_DATA"]);
const describeInput = z.object({
  AlarmNamePrefix: z.string().optional(),
  AlarmNames: z.array(z.string()).optional(),
  AlarmTypes: z.array(z.enum(["MetricAlarm", "CompositeAlarm"])).default(["MetricAlarm"]),
  StateValue: alarmState.optional(),
});
const setInput = z.object({ AlarmName: z.string(), StateValue: alarmState, StateReason: z.string() });
const dimension = z.object({ Name: z.string(), Value: z.string() });
const query = z.object({
  Id: z.string(),
  MetricStat: z.object({
    Metric: z.object({
      Namespace: z.string(),
      MetricName: z.string(),
      Dimensions: z.array(dimension).default([]),
    }),
    Period: z.number().positive(),
    Stat: z.string(),
  }),
});
const dataInput = z.object({
  MetricDataQueries: z.array(query).min(1),
  StartTime: z.number(),
  EndTime: z.number(),
});
type Query = z.infer<typeof query>;

/** CloudWatch's JSON 1.0 protocol: DescribeAlarms, SetAlarmState, GetMetricData without metric math; one page. */
export class CloudWatchEndpoint implements EndpointProtocol {
  readonly service = "monitoring";
  readonly #alarms: AlarmService;
  readonly #metrics: MetricStore;

  constructor(alarms: AlarmService, metrics: MetricStore) {
    this.#alarms = alarms;
    this.#metrics = metrics;
  }

  async answer(request: SignedRequest): Promise<EndpointAnswer> {
    const operation = request.headers["x-amz-target"]?.split(".")[1];
    const input: unknown = JSON.parse(Buffer.from(request.body).toString() || "{}");
    if (operation === "DescribeAlarms") return this.#describe(describeInput.parse(input));
    if (operation === "SetAlarmState") return this.#set(setInput.parse(input));
    if (operation === "GetMetricData") return this.#data(dataInput.parse(input));
    throw new AwsError("NotImplemented", `CloudWatch operation ${operation} is not simulated`, 501);
  }

  refuse(error: AwsError): EndpointAnswer {
    return jsonAnswer(error.status, { __type: error.code, message: error.message });
  }

  #describe(wanted: z.infer<typeof describeInput>): EndpointAnswer {
    const all = this.#alarms.names().map((name) => this.#alarms.describe(name) as AlarmDescription);
    const found = all.filter(
      ({ name, state }) =>
        name.startsWith(wanted.AlarmNamePrefix ?? "") &&
        (wanted.AlarmNames?.includes(name) ?? true) &&
        (wanted.StateValue ?? state) === state,
    );
    const of = (kind: AlarmDescription["kind"], type: "MetricAlarm" | "CompositeAlarm") =>
      wanted.AlarmTypes.includes(type) ? found.filter((alarm) => alarm.kind === kind).map(shown) : [];
    return jsonAnswer(200, {
      MetricAlarms: of("metric", "MetricAlarm"),
      CompositeAlarms: of("composite", "CompositeAlarm"),
    });
  }

  async #set({ AlarmName, StateValue, StateReason }: z.infer<typeof setInput>): Promise<EndpointAnswer> {
    if (!this.#alarms.describe(AlarmName))
      throw new AwsError("ResourceNotFound", `no alarm ${AlarmName}`, 404);
    await this.#alarms.setState(AlarmName, StateValue, StateReason);
    return jsonAnswer(200, {});
  }

  #data({ MetricDataQueries, StartTime, EndTime }: z.infer<typeof dataInput>): EndpointAnswer {
    const results = MetricDataQueries.map((one) => this.#series(one, StartTime * 1000, EndTime * 1000));
    return jsonAnswer(200, { MetricDataResults: results, Messages: [] });
  }

  /** Periods without data are left out; the newest comes first, as AWS answers by default. */
  #series({ Id, MetricStat: { Metric, Period, Stat } }: Query, start: number, end: number) {
    const dimensions = Object.fromEntries(Metric.Dimensions.map(({ Name, Value }) => [Name, Value]));
    const metric = { namespace: Metric.Namespace, name: Metric.MetricName, dimensions };
    const period = Period * 1000;
    const points: { at: number; value: number }[] = [];
    for (let at = Math.floor(start / period) * period; at < end; at += period) {
      const value = this.#metrics.statistic(metric, Stat, at, at + period);
      if (value !== undefined) points.unshift({ at, value });
    }
    return {
      Id,
      Label: Metric.MetricName,
      Timestamps: points.map(({ at }) => at / 1000),
      Values: points.map(({ value }) => value),
      StatusCode: "Complete",
    };
  }
}

function shown(alarm: AlarmDescription): unknown {
  return {
    AlarmName: alarm.name,
    AlarmArn: alarm.arn,
    AlarmDescription: alarm.description,
    ActionsEnabled: alarm.actionsEnabled,
    StateValue: alarm.state,
    StateReason: alarm.reason,
    StateUpdatedTimestamp: alarm.since / 1000,
    StateTransitionedTimestamp: alarm.since / 1000,
  };
}
