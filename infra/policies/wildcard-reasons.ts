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
  "session::OwnYachtsObjects": "every object below the yacht of the session's own tag, and none beside it",
  "api::OwnLog": "the streams of the function's own log group; Lambda chooses their names",
  "migrator::OwnLog": "the streams of the function's own log group; Lambda chooses their names",
  "pin::OwnLog": "the streams of the function's own log group; Lambda chooses their names",
  "rollback::OwnLog": "the streams of the function's own log group; Lambda chooses their names",
  "arn:aws:iam::aws:policy/service-role/AWSLambdaENIManagementAccess":
    "EC2 lets the network interfaces of functions be granted on all of EC2 only",
};
