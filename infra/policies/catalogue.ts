/** Every policy rule there is, in the order of reports. */
import type { Rule } from "./rule.ts";
import { adminNotLockedOut } from "./rules/admin-not-locked-out.ts";
import { alarmActionsDeliverable } from "./rules/alarm-actions-deliverable.ts";
import { alarmActionsEnabled } from "./rules/alarm-actions-enabled.ts";
import { atMostFiveMonitors } from "./rules/at-most-five-monitors.ts";
import { buildProject } from "./rules/build-project.ts";
import { closedHost } from "./rules/closed-host.ts";
import { clusterLog } from "./rules/cluster-log.ts";
import { databaseNotPublic } from "./rules/database-not-public.ts";
import { deletionProtection } from "./rules/deletion-protection.ts";
import { encryptedBucket } from "./rules/encrypted-bucket.ts";
import { encryptedCluster } from "./rules/encrypted-cluster.ts";
import { encryptedTopic } from "./rules/encrypted-topic.ts";
import { functionLog } from "./rules/function-log.ts";
import { grantByOwner } from "./rules/grant-by-owner.ts";
import { grantTakesEffect } from "./rules/grant-takes-effect.ts";
import { keyRotated } from "./rules/key-rotated.ts";
import { lockedEvidence } from "./rules/locked-evidence.ts";
import { logRetention } from "./rules/log-retention.ts";
import { missingDataTreated } from "./rules/missing-data-treated.ts";
import { monitorsQuietWithoutData } from "./rules/monitors-quiet-without-data.ts";
import { noOpenIngress } from "./rules/no-open-ingress.ts";
import { noPlainSecret } from "./rules/no-plain-secret.ts";
import { noPublicBucket } from "./rules/no-public-bucket.ts";
import { noPublicPolicy } from "./rules/no-public-policy.ts";
import { noUnexplainedWildcard } from "./rules/no-unexplained-wildcard.ts";
import { noWayRound } from "./rules/no-way-round.ts";
import { passRoleBounded } from "./rules/pass-role-bounded.ts";
import { publicSubnetNatOnly } from "./rules/public-subnet-nat-only.ts";
import { stageInRolloutOnly } from "./rules/stage-in-rollout-only.ts";
import { tagged } from "./rules/tagged.ts";
import { tlsOnlyBucket } from "./rules/tls-only-bucket.ts";
import { tlsOnlyCluster } from "./rules/tls-only-cluster.ts";
import { tlsOnlyEdge } from "./rules/tls-only-edge.ts";
import { tlsOnlyTopic } from "./rules/tls-only-topic.ts";
import { verifiedConnection } from "./rules/verified-connection.ts";
import { webAclAttached } from "./rules/web-acl-attached.ts";

export const catalogue: readonly Rule[] = [
  noPublicBucket,
  noPublicPolicy,
  noUnexplainedWildcard,
  grantTakesEffect,
  passRoleBounded,
  noOpenIngress,
  publicSubnetNatOnly,
  closedHost,
  databaseNotPublic,
  encryptedBucket,
  encryptedCluster,
  encryptedTopic,
  keyRotated,
  lockedEvidence,
  tlsOnlyBucket,
  tlsOnlyTopic,
  tlsOnlyCluster,
  verifiedConnection,
  grantByOwner,
  adminNotLockedOut,
  tlsOnlyEdge,
  webAclAttached,
  noWayRound,
  logRetention,
  functionLog,
  clusterLog,
  buildProject,
  missingDataTreated,
  alarmActionsEnabled,
  alarmActionsDeliverable,
  atMostFiveMonitors,
  monitorsQuietWithoutData,
  stageInRolloutOnly,
  deletionProtection,
  tagged,
  noPlainSecret,
];
