import {
  AppConfigClient,
  type DeploymentSummary,
  GetHostedConfigurationVersionCommand,
  ListDeploymentsCommand,
} from "@aws-sdk/client-appconfig";
import { CloudWatchClient, DescribeAlarmsCommand, GetMetricDataCommand } from "@aws-sdk/client-cloudwatch";
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { GetParameterCommand, ParameterNotFound, SSMClient } from "@aws-sdk/client-ssm";
import { documentHash } from "../../flags/document.ts";
import { keyOf } from "../alarm-message.ts";
import { type RolloutEvent, rolloutEvent } from "../rollout/event.ts";
import { type Collected, collectedSections } from "./collected.ts";
import { type CollectionSources, collect } from "./collection.ts";
import type { CollectionEnv } from "./collection-env.ts";
import { type ExposureBefore, exposureBefore } from "./exposure-before.ts";
import type { IncidentStore } from "./incident-store.ts";
import { incidentLogs, requestsByYacht } from "./log-adapter.ts";
import { metricQueries } from "./metric-queries.ts";

export interface CollectionClients {
  readonly appConfig: Pick<AppConfigClient, "send">;
  readonly alarms: Pick<CloudWatchClient, "send">;
  readonly logs: Pick<CloudWatchLogsClient, "send">;
  readonly parameters: Pick<SSMClient, "send">;
  readonly fetch: typeof globalThis.fetch;
}

/** The run that is collected for: the times are read of it, all of it is written as it is. */
export interface CollectedRun {
  readonly incident: string;
  readonly message?: { readonly StateChangeTime: string } | undefined;
}

/** How far back metrics and logs are looked at at most. */
const minutesBefore = { metrics: 15, logs: 10, yachts: 60 } as const;
/** How long after it metrics are still its own, however late they are collected: CloudWatch gives minutes for 15 days only. */
const minutesAfter = 60;
/** Of the rollout's event log: the end. */
const mostEvents = 50;
/** The parameters below the rollout's path; the pin keeps its own and tells of it itself. */
const parameterNames = ["lock", "advance", "cohort", "code"] as const;
const minute = 60_000;

/** Collects what is known of an incident into the evidence bucket. */
export function collectIncident(
  record: CollectedRun,
  env: CollectionEnv,
  store: IncidentStore,
  clients: CollectionClients = sdkClients(),
): Promise<string> {
  const sources = new IncidentSources(record, env, store, clients).all();
  return collect(sources, { incident: record.incident, store, milliseconds: env.COLLECTION_SECONDS * 1000 });
}

function sdkClients(): CollectionClients {
  return {
    appConfig: new AppConfigClient({}),
    alarms: new CloudWatchClient({}),
    logs: new CloudWatchLogsClient({}),
    parameters: new SSMClient({}),
    fetch: globalThis.fetch,
  };
}

/** Each part of the collection, read by AWS's own interfaces. */
class IncidentSources {
  readonly #record: CollectedRun;
  readonly #env: CollectionEnv;
  readonly #store: IncidentStore;
  readonly #clients: CollectionClients;
  /** Milliseconds: when the alarm changed, or somebody went down. */
  readonly #at: number;
  #events: Promise<RolloutEvent[]> | undefined;

  constructor(record: CollectedRun, env: CollectionEnv, store: IncidentStore, clients: CollectionClients) {
    this.#record = record;
    this.#env = env;
    this.#store = store;
    this.#clients = clients;
    this.#at = Date.parse(record.message?.StateChangeTime ?? record.incident) || Date.now();
  }

  all(): CollectionSources {
    const logs = incidentLogs(this.#env, this.#clients.logs, this.#at - minutesBefore.logs * minute);
    return {
      run: async () => collectedSections.run.parse(this.#record),
      alarms: () => this.#alarms(),
      metrics: () => this.#metrics(),
      exposure: () => this.#exposure(),
      yachts: () => this.#yachts(),
      ...logs,
      documents: () => this.#documents(),
      deployments: async () => ({
        rollout: (await this.#deployments(this.#env.FLAG_DOCUMENT)).map(shown),
        killSwitch: (await this.#deployments(this.#env.KILL_SWITCH)).map(shown),
      }),
      rollout: () => this.#parameters(),
      stamps: () => this.#stamps(),
      events: () => this.#lastEvents(),
    };
  }

  async #alarms(): Promise<Collected["alarms"]> {
    const { ALARM_PREFIX } = this.#env;
    const ask = new DescribeAlarmsCommand({ AlarmNamePrefix: ALARM_PREFIX, AlarmTypes: ["MetricAlarm"] });
    const { MetricAlarms = [] } = await this.#clients.alarms.send(ask);
    return MetricAlarms.map(({ AlarmName = "", StateReason = "", StateValue = "", ...alarm }) => ({
      key: keyOf(AlarmName, ALARM_PREFIX),
      state: StateValue,
      since: alarm.StateUpdatedTimestamp?.toISOString(),
      reason: StateReason,
    }));
  }

  async #metrics(): Promise<Collected["metrics"]> {
    const from = floor(this.#at - minutesBefore.metrics * minute);
    const to = this.#until();
    const parts = { v1: {}, v2: {} } as Record<"v1" | "v2", Record<string, [string, number][]>>;
    for (const { points, name, version } of await this.#series(60, from, to)) parts[version][name] = points;
    return { from: new Date(from).toISOString(), to: new Date(to).toISOString(), ...parts };
  }

  /** Now, and not long after it. On a clock that runs ahead of this one's, its own minute is the last. */
  #until(): number {
    const now = Math.min(Date.now(), this.#at + minutesAfter * minute);
    return floor(Math.max(this.#at, now)) + minute;
  }

  async #series(period: number, from: number, to: number) {
    const asked = metricQueries(this.#env.STACK_ENVIRONMENT, period);
    const MetricDataQueries = asked.map(({ query }) => query);
    const window = { StartTime: new Date(from), EndTime: new Date(to) };
    const found = new Map<string, [string, number][]>();
    for (let NextToken: string | undefined; ; ) {
      const ask = new GetMetricDataCommand({ MetricDataQueries, ...window, ...(NextToken && { NextToken }) });
      const page = await this.#clients.alarms.send(ask);
      for (const { Id = "", Timestamps = [], Values = [] } of page.MetricDataResults ?? []) {
        const points = Timestamps.map((at, i): [string, number] => [at.toISOString(), Values[i] ?? 0]);
        found.set(Id, [...(found.get(Id) ?? []), ...points]);
      }
      NextToken = page.NextToken;
      if (!NextToken) break;
    }
    const oldestFirst = (points: [string, number][]) => points.sort(([a], [b]) => (a < b ? -1 : 1));
    return asked.map(({ id, name, version }) => ({
      name,
      version,
      points: oldestFirst(found.get(id) ?? []),
    }));
  }

  /** Periods of five minutes: a whole bake of 24 hours fits into one answer. */
  async #exposure(): Promise<Collected["exposure"]> {
    const exposed = await this.#exposed();
    if (!exposed) return { totals: {} };
    const series = await this.#series(300, floor(Date.parse(exposed.since)), this.#until());
    const counted = series.filter(({ name, version }) => version === "v2" && !name.includes("."));
    const sum = (points: [string, number][]) => points.reduce((total, [, value]) => total + value, 0);
    const totals = Object.fromEntries(counted.map(({ name, points }) => [name, sum(points)]));
    return { ...exposed, totals };
  }

  /** By the log, which is the truth; where its end does not say it, by the parameter of the last move. */
  async #exposed(): Promise<ExposureBefore | undefined> {
    const found = exposureBefore(await this.#lastEvents(), this.#at);
    if (found) return found;
    const { advance } = (await this.#parameters()) as {
      advance?: { at?: string; to?: string; cohort?: string[] };
    };
    if (!advance?.at || advance.to === undefined || advance.to === "off") return undefined;
    return { since: advance.at, stage: advance.to, cohort: advance.cohort ?? [] };
  }

  async #yachts(): Promise<Collected["yachts"]> {
    const since = Date.parse((await this.#exposed())?.since ?? "");
    const earliest = this.#at - minutesBefore.yachts * minute;
    return requestsByYacht(this.#env.API_FUNCTION, this.#clients.logs, Math.max(since || 0, earliest));
  }

  async #documents(): Promise<Collected["documents"]> {
    const [flags, cap] = await Promise.all([
      this.#document(this.#env.FLAG_DOCUMENT),
      this.#document(this.#env.KILL_SWITCH),
    ]);
    return { ...(flags && { flags }), ...(cap && { cap }) };
  }

  /** The last one whose deployment was not taken back. */
  async #document(place: CollectionEnv["KILL_SWITCH"]) {
    const live = new Set(["COMPLETE", "BAKING", "DEPLOYING"]);
    const last = (await this.#deployments(place)).find(({ State = "" }) => live.has(State));
    const version = last?.ConfigurationVersion;
    if (version === undefined) return undefined;
    const ask = new GetHostedConfigurationVersionCommand({
      ApplicationId: place.application,
      ConfigurationProfileId: place.profile,
      VersionNumber: Number(version),
    });
    const { Content = new Uint8Array() } = await this.#clients.appConfig.send(ask);
    const text = Buffer.from(Content).toString();
    return { version, hash: documentHash(text), content: JSON.parse(text) as unknown };
  }

  async #deployments(place: CollectionEnv["KILL_SWITCH"]): Promise<DeploymentSummary[]> {
    const ask = { ApplicationId: place.application, EnvironmentId: place.environment, MaxResults: 20 };
    return (await this.#clients.appConfig.send(new ListDeploymentsCommand(ask))).Items ?? [];
  }

  async #parameters(): Promise<Collected["rollout"]> {
    const read = async (name: string): Promise<[string, unknown][]> => {
      try {
        const ask = new GetParameterCommand({ Name: `${this.#env.PARAMETER_PATH}${name}` });
        const { Parameter } = await this.#clients.parameters.send(ask);
        return [[name, JSON.parse(Parameter?.Value ?? "null")]];
      } catch (error) {
        if (error instanceof ParameterNotFound) return [];
        throw error;
      }
    };
    return Object.fromEntries((await Promise.all(parameterNames.map(read))).flat());
  }

  async #stamps(): Promise<Collected["stamps"]> {
    const answer = await this.#clients.fetch(`${this.#env.API_URL}/v1/health`, {
      signal: AbortSignal.timeout(this.#env.COLLECTION_SECONDS * 1000),
    });
    const codeVersion = answer.headers.get("x-part-lens-code") ?? undefined;
    const { flags } = await this.#documents();
    return { codeVersion, migrationHash: this.#env.MIGRATION_HASH, flagHash: flags?.hash };
  }

  #lastEvents(): Promise<RolloutEvent[]> {
    this.#events ??= this.#readEvents();
    return this.#events;
  }

  async #readEvents(): Promise<RolloutEvent[]> {
    const keys = (await this.#store.list("rollout/log/")).slice(-mostEvents);
    const texts = await Promise.all(keys.map((key) => this.#store.read(key)));
    return texts.flatMap((text) => (text === undefined ? [] : [rolloutEvent.parse(JSON.parse(text))]));
  }
}

function shown(deployment: DeploymentSummary): Collected["deployments"]["rollout"][number] {
  return {
    number: deployment.DeploymentNumber ?? 0,
    version: deployment.ConfigurationVersion ?? "",
    state: deployment.State ?? "",
    startedAt: deployment.StartedAt?.toISOString(),
    completedAt: deployment.CompletedAt?.toISOString(),
  };
}

function floor(time: number): number {
  return Math.floor(time / minute) * minute;
}
