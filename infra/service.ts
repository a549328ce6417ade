/** The service layer: databases, buckets, the API with its alarms, and the way down. */
import { migrationHash as hashOfSql, lastTables } from "../api/database/sql-bundle.ts";
import { FlagStore } from "../flags/flag-store.ts";
import { AlarmSet } from "../monitoring/alarm-set.ts";
import { Dashboard } from "../monitoring/dashboard.ts";
import { DrillAlarm } from "../monitoring/incident/drill-alarm.ts";
import { contactsOf } from "../monitoring/notifications.ts";
import { PinTopics } from "../monitoring/pin-topics.ts";
import { Topics } from "../monitoring/topics.ts";
import { accountProvider } from "./account.ts";
import { Api, gatewayTimeout } from "./api/api.ts";
import { type Bundle, type BundleName, bundle, recipes } from "./api/bundle.ts";
import { Checks } from "./api/checks.ts";
import { HttpApi } from "./api/http-api.ts";
import { Judge } from "./api/judge.ts";
import { Notifier } from "./api/notifier.ts";
import { Pin } from "./api/pin.ts";
import { Rollback } from "./api/rollback.ts";
import { chosenVersion, servedCode } from "./api/served-code.ts";
import { ServiceParameter } from "./api/service-parameter.ts";
import { type ServiceConfig, serviceConfig } from "./config.ts";
import { Databases } from "./database/databases.ts";
import { Migrator } from "./database/migrator.ts";
import { Edge } from "./edge/edge.ts";
import { type Clusters, checkedClusters, fleetOf } from "./fleet.ts";
import { Jobs } from "./jobs/jobs.ts";
import { LayerOutputs } from "./layer-outputs.ts";
import { knownGoodTables, liveState, pinHolds } from "./live-state.ts";
import { physicalName, type StackName } from "./naming.ts";
import { EvidenceBucket } from "./storage/evidence-bucket.ts";
import { Storage } from "./storage/storage.ts";

export async function service(stack: StackName) {
  const config = serviceConfig(stack);
  const { accountId, contacts, logDays, region, requestsPerSecond, webOrigins } = config;
  const { environment } = stack;
  const place = { environment, accountId, region };
  const provider = accountProvider(stack, config);
  const made = { providers: [provider] };
  const { clusters, placement } = foundationOf(stack, config);
  const fleet = clusters.apply((found) => fleetOf(config, found));
  const rolloutState = liveState(environment, provider);
  const code = await bundles();
  const migrationHash = hashOfSql();

  const databases = new Databases("databases", { config, clusters }, made);
  const { master } = databases;
  const inside = { place, master, clusters, placement, migrationHash };
  const knownGood = knownGoodTables(rolloutState);
  const migrating = {
    ...inside,
    bundle: code.migrator,
    fleet,
    knownGood,
    databases: databases.ready,
    logDays,
  };
  const migrator = new Migrator("migrator", migrating, made);
  const storage = new Storage("storage", { place, webOrigins, protect: config.protectData }, made);

  const locked = { place, retention: config.evidence, protect: config.protectData };
  const evidence = new EvidenceBucket("evidence", locked, made);

  const ownAddress = config.edge.kind !== "domain";
  const httpApi = new HttpApi("api", { environment, requestsPerSecond, ownAddress, logDays }, made);
  const timeoutMilliseconds = gatewayTimeout(config);
  const edge = new Edge("edge", { environment, edge: config.edge, httpApi, timeoutMilliseconds }, made);
  const topics = new Topics("topics", { place, contacts }, made);
  const pinTopics = new PinTopics("pin", { place, contacts }, made);
  // By its name: the function itself is made last, as it needs the flags, and the flags need the alarms.
  const functionName = physicalName("function", environment, "api");
  const watched = { environment, functionName, apiId: httpApi.apiId };
  const actions = { ...topics.actions, pinTopicArn: pinTopics.pinArn };
  const alarms = new AlarmSet("alarms", { ...watched, ...actions }, made);
  new Dashboard("dashboard", { environment, region, alarmArns: alarms.arns }, made);
  const flags = new FlagStore("flags", { environment, monitorArns: alarms.monitorArns }, made);

  const { originKeyHash } = edge;
  const reached = { apiId: httpApi.apiId, url: edge.url };
  const after = [migrator.done];
  const looking = {
    ...inside,
    bundles: code,
    storage,
    evidence,
    apiLogGroup: `/aws/lambda/${functionName}`,
    alertsTopicArn: topics.alertsArn,
    logDays,
    after,
  };
  const { sessionRoleArns } = new Jobs("jobs", looking, made);
  const serves = chosenVersion(config.codeVersion, rolloutState);
  const live = { pinHolds: pinHolds(rolloutState), serves, after, sessionRoleArns };
  const serving = { config, bundle: code.api, flags, storage, httpApi, originKeyHash };
  const api = new Api("api", { ...inside, ...live, ...serving }, made);
  const known = { apiFunction: functionName, migrationHash, tenants: config.tenants.length };
  const incident = { evidence, contacts: contactsOf(contacts), ...known };
  const goingDown = { place, bundle: code.rollback, flags, topics, httpApi: reached, incident, logDays };
  const rollback = new Rollback("rollback", goingDown, made);
  const built = { hash: code.api.hash, migrationHash, tables: lastTables() };
  const { functionArn, integrationId, liveUri, pinned } = api;
  const moving = { httpApi: reached, integrationId, pinned, functionArn };
  const pin = new Pin("pin", { place, bundle: code.pin, topics: pinTopics, ...moving, logDays }, made);
  const read = { flags, httpApi: reached, incident };
  const telling = { place, bundle: code.notifier, topics, pinTopics, ...read, logDays };
  new Notifier("notifier", telling, made);
  const drill = { environment, topicArns: [topics.rollbackArn, pinTopics.pinArn] };
  new DrillAlarm("drill", drill, { ...made, dependsOn: [rollback, pin] });

  const checks = new Checks("checks", { ...inside, bundle: code.checks, logDays, after }, made);
  const judging = { place, bundle: code.judge, flags, evidence, checks, topics, logDays };
  new Judge("judge", { ...judging, scheduled: config.scheduledJudge }, made);
  const served = servedCode(api.served, api.published, built, rolloutState);
  const recorded = { environment, httpApi: reached, flags, api, evidence, checks, topics };
  new ServiceParameter("service", { ...recorded, code: served, migrationHash, tenants: known.tenants }, made);

  return {
    apiUrl: edge.url,
    fleet,
    topics: { rollback: topics.rollbackArn, alerts: topics.alertsArn },
    alarmArns: alarms.arns,
    buckets: storage.bucketNames,
    evidence: evidence.coordinates,
    codeVersion: code.api.hash,
    code: served,
    migrationHash,
    flags: flags.outputs,
    pin: { apiId: httpApi.apiId, integrationId, liveUri },
  };
}

/** What the foundation layer made: clusters that are there and large enough, and the functions' place in the network. */
function foundationOf(stack: StackName, config: ServiceConfig) {
  const foundation = new LayerOutputs(stack, "foundation");
  return {
    clusters: foundation.get<Clusters>("clusters").apply((found) => checkedClusters(config, found)),
    placement: {
      subnetIds: foundation.get<string[]>("subnetIds"),
      securityGroupIds: [foundation.get<string>("functionSecurityGroupId")],
    },
  };
}

async function bundles() {
  const names = Object.keys(recipes) as BundleName[];
  const built = await Promise.all(names.map(async (name) => [name, await bundle(name)] as const));
  return Object.fromEntries(built) as Record<BundleName, Bundle>;
}
