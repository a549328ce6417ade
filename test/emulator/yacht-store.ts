import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import type { ObjectStore } from "../../api/storage/object-store.ts";
import { createS3ObjectStore } from "../../api/storage/s3-object-store.ts";
import { createYachtSessions } from "../../api/storage/yacht-sessions.ts";
import { apiStatements } from "../../infra/api/api-permissions.ts";
import type { Statement } from "../../infra/policy.ts";
import { sessionPolicy, sessionTrust } from "../../infra/storage/session-role.ts";
import { yachts } from "../support/fleet.ts";
import type { AwsCall } from "./aws-call.ts";
import { account, region } from "./emulator.ts";
import { functionTrust, makeRole, type RoleCredentials, roleCredentials } from "./function-roles.ts";

const buckets = {
  "pms-part-photos": "part-lens-dev-photos",
  "pms-receiving-images": "part-lens-dev-images",
  "pms-label-pdfs": "part-lens-dev-labels",
};

export interface YachtStore {
  /** The API's store of objects, over sessions that were taken with the API's own role. */
  readonly store: ObjectStore;
  /** Whoever else takes the session's role. */
  readonly sessionRole: string;
}

/** Buckets, the API's role and the session's role as the program makes them; `signIn` sets this process's credentials. */
export async function makeYachtStore(
  call: AwsCall,
  endpoint: string,
  signIn: (credentials: RoleCredentials) => void,
): Promise<YachtStore> {
  const s3 = new S3Client({ forcePathStyle: true });
  for (const Bucket of Object.values(buckets)) await s3.send(new CreateBucketCommand({ Bucket }));
  const reach = { environment: "dev", accountId: account, region, documents: [], clusterResourceIds: [] };
  const statements = apiStatements({ ...reach, signerKeyArn: `arn:aws:kms:${region}:${account}:key/none` });
  const api = await makeRole(call, "part-lens-dev-api", functionTrust, usable(statements));
  const arns = Object.values(buckets).map((name) => `arn:aws:s3:::${name}`);
  const policy = writtenOut(sessionPolicy(arns, `arn:aws:kms:${region}:${account}:key/none`));
  const sessionRole = await makeRole(call, "part-lens-dev-session", sessionTrust([api]), policy);
  signIn(await roleCredentials(api));
  const clientOf = createYachtSessions({ roleArn: sessionRole, region, endpoint });
  return { store: createS3ObjectStore({ buckets, clientOf }), sessionRole };
}

/** A statement about nothing (no document, no cluster) is no statement. */
const usable = (statements: readonly Statement[]) =>
  statements.filter(({ Resource }) => !Array.isArray(Resource) || Resource.length > 0);

/**
 * The session's policy without variables: the emulator knows no `${aws:PrincipalTag/…}` in a Resource, so each
 * yacht's part is written out and holds for sessions with its tag, by a Condition.
 */
export function writtenOut(policy: string): Statement[] {
  const { Statement: statements } = JSON.parse(policy) as { Statement: Statement[] };
  return Object.values(yachts).flatMap((yachtId, index) =>
    statements.map((statement) => {
      const text = JSON.stringify(statement).replaceAll("${aws:PrincipalTag/yacht_id}", yachtId);
      const own = JSON.parse(text) as Statement;
      const tagged = { StringEquals: { "aws:PrincipalTag/yacht_id": yachtId } };
      return { ...own, Sid: `${own.Sid}${index}`, Condition: { ...own.Condition, ...tagged } };
    }),
  );
}
