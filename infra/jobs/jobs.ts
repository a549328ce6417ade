import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { recordedJobs } from "../../monitoring/job-records/job-record.ts";
import { recordPrefix, weeklyPrefix } from "../../monitoring/job-records/record-keeper.ts";
import { type JobName, type JobRule, jobNames, jobSchedule } from "../../monitoring/job-schedule.ts";
import type {
  JobVariables,
  LogVariables,
  RecordVariables,
  SessionVariables,
} from "../../monitoring/jobs-env.ts";
import { latencyQuery } from "../../monitoring/trends/latency-days.ts";
import { databaseSignIn, sessionRoleName, yachtsSession } from "../api/api-permissions.ts";
import { type MasterPlace, masterVariables } from "../api/api-variables.ts";
import type { Bundle } from "../api/bundle.ts";
import { type EvidencePlace, keepingOf } from "../api/incident-reach.ts";
import type { Placement } from "../api/service-function.ts";
import type { Clusters } from "../fleet.ts";
import { componentType, type Place, project, roleArn } from "../naming.ts";
import type { Statement } from "../policy.ts";
import { evidenceStatements } from "../storage/evidence-access.ts";
import type { Storage } from "../storage/storage.ts";
import { Job } from "./job.ts";
import { jobFunction } from "./job-function.ts";

export interface JobsArgs {
  /** Where it is, for physical names and ARNs. */
  readonly place: Place;
  /** The code of each archive that a job is in. */
  readonly bundles: Readonly<Record<JobRule["bundle"], Bundle>>;
  readonly master: MasterPlace;
  /** The clusters that the jobs sign in to. */
  readonly clusters: pulumi.Output<Clusters>;
  /** Where in the network they run. */
  readonly placement: Placement;
  /** The objects that some of them look after. */
  readonly storage: Storage;
  /** Where some of them leave records of their runs, and one makes reports of those. */
  readonly evidence: EvidencePlace;
  /** The log group of the API's function. */
  readonly apiLogGroup: string;
  /** Where people are told. */
  readonly alertsTopicArn: pulumi.Input<string>;
  /** Days their logs are kept. */
  readonly logDays: number;
  /** They run only when these are done: the databases' SQL comes first. */
  readonly after: readonly pulumi.Resource[];
}

/** The jobs of the job table, a function and a role each: none may do what another one does. */
export class Jobs extends pulumi.ComponentResource {
  /** The roles of those that take yachts' sessions. */
  readonly sessionRoleArns: readonly pulumi.Output<string>[];
  readonly functionNames: Readonly<Record<JobName, pulumi.Output<string>>>;

  constructor(name: string, args: JobsArgs, options?: pulumi.ComponentResourceOptions) {
    super(componentType("jobs", "Jobs"), name, {}, options);
    const made = jobNames.map(
      (job) => [job, new Job(jobFunction(job), jobArgs(job, args), { parent: this })] as const,
    );
    const saved = {
      name: `${project}/${args.place.environment}/latency by action and tenant`,
      logGroupNames: [args.apiLogGroup],
      queryString: latencyQuery,
    };
    new aws.cloudwatch.QueryDefinition(name, saved, { parent: this });
    const takingSessions = made.filter(([job]) => (jobSchedule[job] as JobRule).sessions);
    this.sessionRoleArns = takingSessions.map(([, { roleArn: arn }]) => arn);
    this.functionNames = Object.fromEntries(made.map(([job, one]) => [job, one.functionName])) as Record<
      JobName,
      pulumi.Output<string>
    >;
    this.registerOutputs({ functionNames: this.functionNames });
  }
}

function jobArgs(job: JobName, args: JobsArgs) {
  const { alertsTopicArn, logDays, after, place } = args;
  const rule: JobRule = jobSchedule[job];
  const inNetwork = rule.signsInAs.length > 0;
  return {
    environment: place.environment,
    job,
    bundle: args.bundles[rule.bundle],
    variables: variablesOf(rule, args),
    statements: statementsOf(job, rule, args),
    ...(inNetwork && { placement: args.placement }),
    alertsTopicArn,
    logDays,
    after,
  };
}

type Variables<Names> = { readonly [Name in keyof Names]: pulumi.Input<string> };

/** All that the code reads, or this does not compile. */
function variablesOf({ sessions, records, reports, asksLog }: JobRule, args: JobsArgs) {
  const own: Variables<JobVariables> = {
    STACK_ENVIRONMENT: args.place.environment,
    ...masterVariables(args.master),
  };
  const objects: Variables<SessionVariables> = {
    BUCKETS: pulumi.jsonStringify(args.storage.names),
    SESSION_ROLE: roleArn(args.place, sessionRoleName),
  };
  const kept: Variables<RecordVariables> = { RECORDS_BUCKET: args.evidence.coordinates.bucket };
  const log: Variables<LogVariables> = { API_LOG_GROUP: args.apiLogGroup };
  return {
    ...own,
    ...(sessions && objects),
    ...((records || reports) && kept),
    ...(asksLog && log),
  };
}

const allRecords = recordedJobs.map((job) => `${recordPrefix}${job}/` as const);

/** A job writes its own folder of records and reads none, but for the one that reports. */
function statementsOf(job: JobName, rule: JobRule, args: JobsArgs) {
  const { signsInAs, sessions, records, reports, asksLog } = rule;
  const { clusters, evidence, place } = args;
  return pulumi.all([clusters, keepingOf(evidence)]).apply(([found, keeping]): Statement[] => {
    const clusterResourceIds = Object.values(found).map(({ resourceId }) => resourceId);
    return [
      ...(signsInAs.length > 0 ? [databaseSignIn(signsInAs, { ...place, clusterResourceIds })] : []),
      ...(sessions ? [yachtsSession(place)] : []),
      ...(records ? evidenceStatements(keeping, { write: [`${recordPrefix}${job}/`] }) : []),
      ...(reports ? evidenceStatements(keeping, { read: allRecords, write: [weeklyPrefix] }) : []),
      ...(asksLog ? logQuery(place, args.apiLogGroup) : []),
    ];
  });
}

/**
 * Asking the API's log, which AWS's references write in either way: alone, and with its streams. The results of one
 * query cannot be told from those of another.
 */
function logQuery({ region, accountId }: Place, group: string): Statement[] {
  const log = `arn:aws:logs:${region}:${accountId}:log-group:${group}`;
  return [
    { Sid: "LatencyQuery", Effect: "Allow", Action: "logs:StartQuery", Resource: [log, `${log}:*`] },
    { Sid: "LatencyResults", Effect: "Allow", Action: "logs:GetQueryResults", Resource: "*" },
  ];
}
