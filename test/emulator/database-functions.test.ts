/**
 * The functions that work in the databases, as they are bundled, in the emulator's Lambda: each with the role and the
 * variables that the program plans for dev, with the emulator's buckets, and signing in to a real PostgreSQL by IAM
 * (test/support/rds-endpoint.ts).
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CloudWatchLogsClient, CreateLogGroupCommand } from "@aws-sdk/client-cloudwatch-logs";
import { CreateBucketCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { migrationHash } from "../../api/database/sql-bundle.ts";
import { capDocument, rolloutDocument } from "../../flags/document.ts";
import type { BundleName } from "../../infra/api/bundle.ts";
import { jobFunction } from "../../infra/jobs/job-function.ts";
import { type JobName, type JobRule, jobNames, jobSchedule } from "../../monitoring/job-schedule.ts";
import { makeCertificate } from "../support/certificate.ts";
import { userId, type YachtName, yachts } from "../support/fleet.ts";
import { patience } from "../support/patience.ts";
import { startPostgres, type TestPostgres } from "../support/postgres.ts";
import { RdsEndpoint } from "../support/rds-endpoint.ts";
import { type AwsCall, awsCall } from "./aws-call.ts";
import { type Emulator, region, startEmulator } from "./emulator.ts";
import { FlagPlace } from "./flag-place.ts";
import { makeRole } from "./function-roles.ts";
import { installEmulator } from "./install-emulator.ts";
import { LambdaSessions } from "./lambda-sessions.ts";
import { makeFunction } from "./make-function.ts";
import { makePlannedRole, type PlannedStack, plannedStack } from "./planned-stack.ts";
import { writtenOut } from "./yacht-store.ts";

const installed = installEmulator();
if ("missing" in installed) console.log(`skipped, no function signs in to a database: ${installed.missing}`);

const hostname = "localhost";
const photos = "part-lens-dev-pms-part-photos-000000000000";
const evidence = "part-lens-dev-evidence-000000000000";
const directory = mkdtempSync(join(tmpdir(), "part-lens-functions-"));

describe.skipIf("missing" in installed)("in the emulator's Lambda, with its role of dev", () => {
  const sessions = new LambdaSessions();
  let emulator: Emulator;
  let call: AwsCall;
  let dev: PlannedStack;
  let postgres: TestPostgres;
  let endpoint: RdsEndpoint;
  let s3: S3Client;

  beforeAll(async () => {
    if ("missing" in installed) return;
    emulator = await startEmulator(installed.python);
    for (const [name, value] of Object.entries(emulator.variables)) vi.stubEnv(name, value);
    call = awsCall(emulator.endpoint);
    const flags = await FlagPlace.make();
    const documents = {
      rollout: rolloutDocument({ stage: "full-100", cohort: [yachts.aurora], holdOuts: [] }),
      "kill-switch": capDocument(100),
    } as const;
    for (const name of ["rollout", "kill-switch"] as const) {
      const version = await flags.version(name, documents[name]);
      const deployment = { version, strategyId: flags.strategy(0), description: name };
      await flags.deployments(name).deploy(deployment);
    }
    dev = await plannedStack("dev", flags.known);
    s3 = new S3Client({ forcePathStyle: true });
    for (const Bucket of dev.buckets) await s3.send(new CreateBucketCommand({ Bucket }));
    postgres = await startPostgres();
    const certificate = await makeCertificate(hostname);
    writeFileSync(join(directory, "ca.pem"), certificate.cert);
    const cluster = { region, clusterResourceId: "main", hostname, certificate };
    endpoint = await RdsEndpoint.start({ server: postgres.server, sessions, ...cluster });
    const master = await postgres.client("postgres", postgres.master);
    await master.query("select part_lens.sync_fleet($1::jsonb)", [JSON.stringify(fleet())]);
  });
  beforeEach(({ onTestFailed }) => {
    onTestFailed(() => console.log(endpoint?.refusals, emulator?.log()));
    endpoint.admitted.length = 0;
    endpoint.refusals.length = 0;
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await endpoint?.stop();
    await postgres?.stop();
    await emulator?.stop();
    rmSync(directory, { recursive: true });
  });

  const roles = new Map<string, Promise<string>>();
  const roleOf = (name: string) => {
    const arn = roles.get(name) ?? makePlannedRole(call, dev, name);
    roles.set(name, arn);
    return arn;
  };

  /** The function of that resource's name. `role`: another's in place of its own; it is then called `as`. */
  async function define(
    name: string,
    from: BundleName,
    { handler = "handler", role = name, as = name, more = {} } = {},
  ): Promise<void> {
    const arn = await roleOf(role);
    const database = {
      MASTER_HOST: hostname,
      MASTER_PORT: `${endpoint.port}`,
      RDS_CA_FILE: join(directory, "ca.pem"),
    };
    const variables = { ...dev.variables(name), ...database, ...more };
    const code = { role: arn, variables, name: `part-lens-dev-${as}`, handler };
    sessions.add(await makeFunction({ call, emulator }, from, code), arn, dev.statements(role));
  }

  const invoke = async (name: string, event: object) =>
    JSON.parse(await call.lambda(`/2015-03-31/functions/part-lens-dev-${name}/invocations`, event));

  const admitted = () => [...new Set(endpoint.admitted)].sort();

  /** Tenants are where the functions reach them: behind the endpoint. */
  const fleet = () => ({
    ...postgres.fleet,
    tenants: postgres.fleet.tenants.map((one) => ({ ...one, host: hostname, port: endpoint.port })),
  });

  test("the migrator brings every database up to its SQL, and MASTER up to the fleet", async () => {
    const admin = await postgres.client("postgres", postgres.master);
    await admin.query("update part_lens.tenants set name = 'of old'");
    await define("migrator", "migrator");
    const event = { fleet: fleet(), migrationHash: migrationHash() };
    const { master, tenants } = postgres;
    expect(await invoke("migrator", event)).toMatchObject({
      migrationHash: migrationHash(),
      databases: [master, tenants.alpha, tenants.beta].map(({ database }) => ({ database })),
    });
    expect(admitted()).toEqual(["part_lens_migrator"]);
    const { rows } = await admin.query("select name, host from part_lens.tenants order by name");
    expect(rows).toEqual(["alpha", "beta"].map((name) => ({ name, host: hostname })));
    expect(await invoke("migrator", { ...event, migrationHash: "another" })).toMatchObject({
      errorMessage: expect.stringContaining("but this build carries"),
    });
  });

  test("the checks look into MASTER and every tenant", async () => {
    await define("checks", "checks");
    expect(await invoke("checks", {})).not.toHaveProperty("errorMessage");
    expect(admitted()).toEqual(["part_lens_auditor"]);
  });

  test("the API serves a request as each version, from its documents and its databases", async () => {
    const { publicKey, privateKey } = await generateKeyPair("EdDSA");
    const keys = [{ ...(await exportJWK(publicKey)), kid: "k1", alg: "EdDSA" }];
    const jwks = Buffer.from(JSON.stringify({ keys })).toString("base64");
    await define("api", "api", { more: { JWKS: `data:application/json;base64,${jwks}` } });
    const { JWT_ISSUER: issuer = "", JWT_AUDIENCE: audience = "" } = dev.variables("api");
    const ask = async (path: string, yacht?: YachtName) => {
      const token = new SignJWT({}).setProtectedHeader({ alg: "EdDSA", kid: "k1" }).setExpirationTime("5m");
      token
        .setIssuer(issuer)
        .setAudience(audience)
        .setSubject(userId(yacht ?? "aurora", "captain"));
      const event = JSON.parse(readFileSync("test/api/http-api-event.json", "utf8"));
      event.headers.authorization = `Bearer ${await token.sign(privateKey)}`;
      event.rawPath = event.requestContext.http.path = path;
      event.rawQueryString = yacht ? `yacht_id=${yachts[yacht]}` : "";
      event.requestContext.http.method = "GET";
      return await invoke("api", event);
    };
    // A function that has not read its documents within two seconds serves v1 until it has.
    await vi.waitFor(async () => {
      const health = await ask("/v1/health");
      expect(JSON.parse(health.body)).toMatchObject({ status: "ok", tenants: 2, percent: 100, cap: 100 });
    }, patience);
    for (const [yacht, version] of [
      ["aurora", "v2"],
      ["calypso", "v1"],
    ] as const)
      expect(await ask("/parts/low-stock", yacht)).toMatchObject({
        statusCode: 200,
        headers: { "x-part-lens-version": version },
      });
    expect(admitted()).toEqual(["part_lens_api"]);
  });

  describe("a job", () => {
    const agreeing = { mode: "full", drifts: [], orphans: [], duplicates: [] };
    /** The key of an object that nobody confirmed. */
    let stale: string;
    const tenants = (found: object) => ["alpha", "beta"].map(() => expect.objectContaining(found));
    const ofYachts = (found: (id: string) => object) =>
      expect.arrayContaining(Object.values(yachts).map((id) => expect.objectContaining(found(id))));

    /** What each answers when all is well, and an object was left behind. */
    const answers = {
      integrity: () => tenants({}),
      probe: () => [...tenants({ violations: [] }), { tenant: "objects", attempts: 30, violations: [] }],
      reconcile: () => tenants(agreeing),
      reconcileAll: () => tenants(agreeing),
      review: () => tenants({ defects: [] }),
      orphans: () => ofYachts((yachtId) => ({ yachtId, objects: yachtId === yachts.aurora ? 1 : 0 })),
      queries: () => tenants({}),
      // Nothing was served yesterday; statistics are none of the emulator's queries.
      trends: () => [],
      weekly: () => expect.objectContaining({ key: expect.stringMatching(/^reports\/weekly\/.*\.html$/) }),
      sweep: () =>
        ofYachts((yachtId) => ({ yachtId, removed: yachtId === yachts.aurora ? 1 : 0, failed: 0 })),
    } as const satisfies Record<JobName, () => unknown>;

    const week = 7 * 86_400_000;
    /** The report of this week is made in the next but one. */
    const event = (job: JobName) => ({
      ...(jobSchedule[job] as JobRule).input,
      ...(job === "weekly" && { at: new Date(Date.now() + week + week / 7).toISOString() }),
    });

    beforeAll(async () => {
      const { API_LOG_GROUP: logGroupName } = dev.variables("job-trends");
      await new CloudWatchLogsClient({}).send(new CreateLogGroupCommand({ logGroupName })).catch((error) => {
        if (error.name !== "ResourceAlreadyExistsException") throw error;
      });
      const session = writtenOut(JSON.stringify({ Statement: dev.statements("session") }));
      // Those that may take a session are named in its trust, and must be there before it.
      for (const [job, rule] of Object.entries<JobRule>(jobSchedule)) {
        const handler = rule.handler ?? job;
        await define(jobFunction(job as JobName), rule.bundle, { handler });
      }
      await makeRole(call, "part-lens-dev-session", dev.trust("session"), session);
      const partId = postgres.partIds.aurora["P-1"];
      stale = `${yachts.aurora}/parts/${partId}/of-nobody.png`;
      await s3.send(new PutObjectCommand({ Bucket: photos, Key: stale, Body: "a pump" }));
      const tenant = await postgres.client("postgres", postgres.tenants.alpha);
      await tenant.query(
        `insert into part_lens.storage_objects (yacht_id, part_id, bucket, key, size_bytes, mime_type, created_by, created_at)
          values ($1, $2, 'pms-part-photos', $3, 6, 'image/png', $1, now() - interval '2 hours')`,
        [yachts.aurora, partId, stale],
      );
    });

    const keys = async (Bucket: string, Prefix = "") => {
      const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix }));
      return Contents.map(({ Key }) => Key);
    };

    test.each(jobNames)("does what it is for, as whom it may sign in: %s", async (job) => {
      const rule: JobRule = jobSchedule[job];
      expect(await invoke(jobFunction(job), event(job))).toEqual(answers[job]());
      expect(admitted()).toEqual([...rule.signsInAs].sort());
      expect(endpoint.refusals).toEqual([]);
      const records = await keys(evidence, `reports/${job}/`);
      expect(records).toHaveLength(rule.records || rule.reports ? 1 : 0);
      expect(await keys(photos)).toEqual(job === "sweep" ? [] : [stale]);
    });

    test.each<[JobName, JobName, string, RegExp]>([
      ["sweep", "integrity", "by the database", /PAM authentication failed for user "part_lens_api"/],
      ["orphans", "reconcile", "a yacht's session", /not authorized to perform: sts:AssumeRole/],
      ["trends", "weekly", "the API's log", /not authorized to perform: logs:StartQuery/],
      ["weekly", "review", "the records", /not authorized to perform: s3:ListBucket/],
      ["review", "integrity", "the record's bucket", /not authorized to perform: s3:PutObject/],
    ])("is refused what it needs with another's role: %s with that of %s, %s", async (job, other, _, why) => {
      const as = `${job}-as-${other}`;
      const rule: JobRule = jobSchedule[job];
      const handler = rule.handler ?? job;
      await define(jobFunction(job), rule.bundle, { handler, role: jobFunction(other), as });
      expect(await invoke(as, rule.input ?? {})).toMatchObject({ errorMessage: expect.stringMatching(why) });
    });
  });
});
