/**
 * AWS's own delays, worst case, in seconds. The local host waits them out on the virtual clock, and every report
 * of a rollback adds them up: a rehearsal without them would promise what AWS cannot keep.
 */
export interface Delay {
  readonly seconds: number;
  readonly source: string;
}

export const awsDelays = {
  /** From the log line to a datapoint that alarms can see. */
  ingestion: {
    seconds: 10,
    source: "embedded metric format, logs are flushed by the runtime; assumed, not measured on AWS",
  },
  /** Alarms with a period of 10 to 30 s are evaluated this often. */
  evaluationShort: { seconds: 10, source: "CloudWatch: high-resolution alarms" },
  /** Alarms with a period of 60 s and more are evaluated this often. */
  evaluationLong: { seconds: 60, source: "CloudWatch: evaluated once a minute" },
  /** From the alarm's transition to the message on the topic. */
  alarmAction: { seconds: 5, source: "assumed, not published by AWS" },
  /** From the topic to the function's start. */
  delivery: { seconds: 1, source: "assumed, not published by AWS" },
  /** Start of a function that has not run for a while. */
  coldStart: { seconds: 3, source: "Lambda: Node function of this size with the SDK; assumed" },
  /** StartDeployment until the data plane hands out the document. */
  deployment: { seconds: 5, source: "AppConfig, all at once; assumed, not published by AWS" },
  /** The longest time a warm function keeps an old document. */
  poll: { seconds: 15, source: "AppConfigData: least interval between polls" },
  /** UpdateIntegration until the stage, which deploys by itself, calls the other alias. */
  integration: {
    seconds: 10,
    source: "API Gateway: HTTP API with autoDeploy; assumed, not published by AWS",
  },
} as const satisfies Record<string, Delay>;

export type DelayKey = keyof typeof awsDelays;
