import { type JobRule, jobNames, jobSchedule } from "../../monitoring/job-schedule.ts";
import { jobFunction } from "../jobs/job-function.ts";

const ownLog = "the streams of the function's own log group; Lambda chooses their names";
const ownRecords = "the records of the job's own runs: their objects are named by time";
const recordedJobs = jobNames.filter((job) => (jobSchedule[job] as JobRule).records);

/**
 * Why a policy of ours has a wildcard. A wildcard that is not in this table is a violation, and an entry that no
 * policy needs fails a test. Keys: `<name>::<Sid>` of a statement, or the ARN of a policy of AWS's own.
 */
export const wildcardReasons: Readonly<Record<string, string>> = {
  "topics::Account":
    "a key's policy names the account's root with kms:*, or nobody could ever change the policy; roles still need their own permission",
  "pin::Account":
    "a key's policy names the account's root with kms:*, or nobody could ever change the policy; roles still need their own permission",
  "evidence-signing::Account":
    "a key's policy names the account's root with kms:*, or nobody could ever change the policy; roles still need their own permission",
  "rollback::KillSwitchStop":
    "a deployment's number is not known before it is made; all of them are below the kill switch's own environment",
  "rollback::AlarmsAndMetrics":
    "reads only: metrics cannot be granted one by one, and AWS wants the states of alarms granted on all of them",
  "rollback::Logs":
    "the streams of the two log groups an incident is collected from; Lambda chooses their names",
  "rollback::EvidenceRead": "incidents and the rollout's log: their objects are named by time",
  "rollback::EvidenceWrite": "incidents: their objects are named by time",
  "rollback::FlagDocument":
    "a version's number is not known before it is made; all of them are of the two profiles of our documents",
  "session::OwnYachtsObjects": "every object below the yacht of the session's own tag, and none beside it",
  "api::OwnLog": "the streams of the function's own log group; Lambda chooses their names",
  "api::Traces": "X-Ray's two actions for senders take no resource but everything",
  "migrator::OwnLog": "the streams of the function's own log group; Lambda chooses their names",
  "checks::OwnLog": "the streams of the function's own log group; Lambda chooses their names",
  "judge::OwnLog": "the streams of the function's own log group; Lambda chooses their names",
  "judge::Metrics": "CloudWatch lets reading metrics be granted on all of them only",
  "judge::EventLog": "the entries of the rollout's log, whose numbers are not known before they are written",
  "judge::Outbox":
    "what the contacts are told of a rollback: an incident is named by its time, a message by its cause",
  "judge::DocumentStop":
    "a deployment's number is not known before it is made; all of them are below the two flag environments",
  "pin::OwnLog": "the streams of the function's own log group; Lambda chooses their names",
  "notifier::OwnLog": "the streams of the function's own log group; Lambda chooses their names",
  "notifier::AlarmsAndMetrics":
    "reads only: metrics cannot be granted one by one, and AWS wants the states of alarms granted on all of them",
  "notifier::Logs": "the streams of the log groups an incident is collected from; Lambda chooses their names",
  "notifier::FlagDocument":
    "a version's number is not known before it is made; all of them are of the two profiles of our documents",
  "notifier::EvidenceRead": "incidents and the rollout's log: their objects are named by time",
  "notifier::EvidenceWrite": "incidents: their objects are named by time",
  "rollback::OwnLog": "the streams of the function's own log group; Lambda chooses their names",
  "port-forward::Sessions":
    "Session Manager's agent knows no resource for its channels, and reports a host whose id is not known before",
  "delivery::Account":
    "a key's policy names the account's root with kms:*, or nobody could ever change the policy; roles still need their own permission",
  "delivery::OwnLog": "the streams of the build project's own log group; CodeBuild chooses their names",
  "delivery::OwnInterfaces":
    "CodeBuild puts a network interface of each build into the network; EC2 knows neither its id before nor a condition for its deletion",
  "delivery::InterfacesOfBuilds":
    "a build's network interface has no id before it is made; the condition names the one subnet, and CodeBuild",
  "delivery::StateObjects": "the objects of Pulumi's state bucket; Pulumi chooses their names",
  "delivery::StateSecrets":
    "IAM names a key by its id only; the condition names the one alias of Pulumi's key",
  "delivery-serving::Functions":
    "this environment's functions by their prefix: with versions and aliases, and those of the next release",
  "delivery-serving::FunctionsNetwork": "EC2 lets its descriptions be granted on everything only",
  "delivery-serving::Schedules": "this environment's schedules by their prefix",
  "delivery-serving::Roles":
    "this environment's roles by their prefix: an update makes the roles of its functions",
  "delivery-serving::RolesOfServices":
    "this environment's roles by their prefix, to the services that they are made for and no other",
  "delivery-serving::Api":
    "API Gateway names an API by an id that is not known before, and makes one in the collection of all",
  "delivery-edge::Certificates": "ACM names a certificate by an id that is not known before",
  "delivery-edge::Records":
    "Route 53 names a change by an id that is not known before, and knows no tag or name of a zone; the domain's zone is chosen in the service's file",
  "delivery-edge::Domains":
    "API Gateway names keys by ids that are not known before, and domains by their names",
  "delivery-edge::Distributions": "CloudFront names its things by ids that are not known before",
  "delivery-edge::NewCertificates":
    "ACM lets certificates be requested on everything only; the condition asks for the tags of this environment's service layer",
  "delivery-edge::NewDistributions":
    "CloudFront lets distributions be made on everything only; the condition asks for the tags of this environment's service layer",
  "delivery-edge::NewHeadersPolicies":
    "CloudFront lets a policy of headers be made on everything only, and it takes no tags",
  "delivery-edge::Firewall":
    "this environment's web ACLs by their prefix, with an id that WAF chooses; Amazon's managed rules have no resource of their own",
  "delivery-keeping::Flags":
    "AppConfig names everything by ids that are not known before; all is below an application or a strategy",
  "delivery-keeping::NewFlags":
    "AppConfig lets what it names itself be made on everything only; the condition asks for the tags of this environment's service layer",
  "delivery-keeping::ParameterNames":
    "the parameter store lets parameters be described for the whole account only; it shows names and no value",
  "delivery-keeping::Alarms": "this environment's alarms and its dashboard by their prefix",
  "delivery-keeping::AlarmStates":
    "CloudWatch lets alarms be listed by a prefix for the whole account only; it shows their state and changes nothing",
  "delivery-keeping::Topics": "this environment's topics by their prefix, with their subscriptions",
  "delivery-keeping::Buckets":
    "this environment's buckets by their prefix: the buckets themselves, and no object in them",
  "delivery-serving::Logs": "the logs of this environment's functions and APIs by their prefix",
  "delivery-serving::LogDelivery":
    "the access log of an HTTP API is a log delivery, which can be granted on everything only",
  "delivery-keeping::NewKeys":
    "a key has no id before it is made; the condition asks for the tags of this environment's service layer",
  "delivery-keeping::Keys":
    "IAM names a key by its id only; the condition asks for the tags of this environment's service layer",
  "delivery-keeping::KeyAliases": "the aliases of this environment's keys by their prefix",
  "delivery-keeping::KeyNames": "KMS lets aliases be listed for the whole account only",
  "delivery-keeping::RolloutState": "the parameters of this environment: the projection that an update reads",
  "job-trends::LatencyQuery": "the streams of the API's log group; Lambda chooses their names",
  "job-trends::LatencyResults": "CloudWatch Logs lets the results of queries be granted on everything only",
  "job-weekly::EvidenceRead": "the records of the jobs' runs: their objects are named by time",
  "job-weekly::EvidenceWrite": "the reports of weeks: their objects are named by their first day",
  "delivery-serving::SavedQueries": "CloudWatch Logs knows no resource for a saved query",
  ...Object.fromEntries(jobNames.map((job) => [`${jobFunction(job)}::OwnLog`, ownLog])),
  ...Object.fromEntries(recordedJobs.map((job) => [`${jobFunction(job)}::EvidenceWrite`, ownRecords])),
  "arn:aws:iam::aws:policy/service-role/AWSLambdaENIManagementAccess":
    "EC2 lets the network interfaces of functions be granted on all of EC2 only",
};
