/** The jobs' functions as Lambda runs them: their variables, a bucket that is locked, and credentials of a role. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { VirtualClock } from "../../infra/local/clock.ts";
import { LocalAws } from "../../infra/local/services/local-aws.ts";
import { policyDocument, serviceTrust } from "../../infra/policy.ts";
import { type EvidenceUse, evidenceStatements } from "../../infra/storage/evidence-access.ts";
import { closeConnections } from "../../monitoring/job-databases.ts";
import { startPostgres, type TestPostgres } from "./postgres.ts";

export interface JobFunctions {
  readonly aws: LocalAws;
  readonly bucket: string;
  readonly directory: string;
  readonly logGroup: string;
  readonly postgres: TestPostgres;
  /** Gives the functions, from now on, the credentials of a role that may do no more. */
  allow(use: EvidenceUse): void;
  stop(): Promise<void>;
}

const bucket = "part-lens-test-evidence";
const logGroup = "/aws/lambda/part-lens-test-api";
const region = "eu-west-1";
const keeping = {
  bucketArn: `arn:aws:s3:::${bucket}`,
  encryptionKeyArn: "arn:key",
  signingKeyArn: "arn:key",
};

/** In this process; stop it in afterAll. */
export async function startJobFunctions(): Promise<JobFunctions> {
  const directory = mkdtempSync(join(tmpdir(), "part-lens-functions-"));
  const clock = new VirtualClock(0);
  const aws = new LocalAws({ clock, directory, region, invoke: async () => undefined });
  const postgres = await startPostgres();
  const endpoint = await aws.start();
  await aws.objects.createBucket(bucket);
  aws.objects.retain(bucket, { mode: "GOVERNANCE", days: 30 });
  const { host, port, database } = postgres.master;
  Object.assign(process.env, {
    ...{ AWS_ENDPOINT_URL: endpoint, AWS_REGION: region, STACK_ENVIRONMENT: "test" },
    ...{ RECORDS_BUCKET: bucket, API_LOG_GROUP: logGroup },
    ...{ MASTER_HOST: host, MASTER_PORT: String(port), MASTER_DATABASE: database },
  });
  let roles = 0;
  const allow = (use: EvidenceUse) => {
    const name = `job-${roles++}`;
    const arn = `arn:aws:iam::000000000000:role/${name}`;
    aws.sessions.putRole({ arn, name, assumeRolePolicy: serviceTrust("lambda.amazonaws.com") });
    aws.sessions.putRolePolicy(name, name, policyDocument(evidenceStatements(keeping, use)));
    const { accessKeyId, secretAccessKey, sessionToken } = aws.sessions.forRole(arn);
    Object.assign(process.env, {
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_SESSION_TOKEN: sessionToken,
    });
  };
  const stop = async () => {
    await closeConnections();
    await postgres.stop();
    await aws.close();
    rmSync(directory, { recursive: true, force: true });
  };
  return { aws, bucket, directory, logGroup, postgres, allow, stop };
}
