import { type Place, roleArn } from "../naming.ts";
import type { Statement } from "../policy.ts";

/** The role that reaches one yacht's objects. */
export const sessionRoleName = "session";

/** A document's place in AppConfig. */
export interface DocumentIds {
  readonly applicationId: string;
  readonly environmentId: string;
  readonly profileId: string;
}

/** What the API reaches. */
export interface ApiReach extends Place {
  /** The flag document and the cap: where AppConfig has them. */
  readonly documents: readonly DocumentIds[];
  /** The clusters it signs in to, by the ids that IAM knows them by. */
  readonly clusterResourceIds: readonly string[];
  /** The key that seals TOTP secrets. */
  readonly signerKeyArn: string;
}

/** What the API may do: read its two documents, sign in to its databases, open a secret, take a yacht's session. */
export function apiStatements(reach: ApiReach): Statement[] {
  return [
    {
      Sid: "Documents",
      Effect: "Allow",
      Action: ["appconfig:GetLatestConfiguration", "appconfig:StartConfigurationSession"],
      Resource: reach.documents.map((document) => documentArn(document, reach)),
    },
    databaseSignIn(["part_lens_api"], reach),
    { Sid: "SignerSecrets", Effect: "Allow", Action: "kms:Decrypt", Resource: reach.signerKeyArn },
    yachtsSession(reach),
  ];
}

/** Taking a session that reaches one yacht's objects. */
export function yachtsSession(place: Place): Statement {
  return {
    Sid: "YachtsSession",
    Effect: "Allow",
    Action: ["sts:AssumeRole", "sts:TagSession"],
    // Written by its name: the role trusts those that take it, and so is made after them.
    Resource: roleArn(place, sessionRoleName),
  };
}

/** Signing in to the databases of these clusters, as these roles and no other. */
export function databaseSignIn(
  roles: readonly ("part_lens_api" | "part_lens_auditor" | "part_lens_migrator")[],
  reach: Pick<ApiReach, "accountId" | "region" | "clusterResourceIds">,
): Statement {
  const users = `arn:aws:rds-db:${reach.region}:${reach.accountId}:dbuser`;
  return {
    Sid: "DatabaseSignIn",
    Effect: "Allow",
    Action: "rds-db:connect",
    Resource: reach.clusterResourceIds.flatMap((id) => roles.map((role) => `${users}:${id}/${role}`)),
  };
}

function documentArn(document: DocumentIds, { accountId, region }: ApiReach): string {
  const application = `arn:aws:appconfig:${region}:${accountId}:application/${document.applicationId}`;
  return `${application}/environment/${document.environmentId}/configuration/${document.profileId}`;
}
