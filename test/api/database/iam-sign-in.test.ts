/**
 * Signing in to PostgreSQL by IAM: our own connections, with the credentials of the roles that the program gives,
 * through an endpoint that asks what RDS asks (test/support/rds-endpoint.ts) into a real server.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Signer } from "@aws-sdk/rds-signer";
import pg from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { connection } from "../../../api/database/connection.ts";
import { createPools } from "../../../api/database/pools.ts";
import { type Credentials, roleArn, SessionService } from "../../../infra/local/services/session-service.ts";
import { allowAdminSignIn, ClusterOutOfReach } from "../../../infra/update/admin-sign-in.ts";
import { clusterAdmin } from "../../../infra/update/cluster-adapter.ts";
import { plannedRoles } from "../../emulator/planned-roles.ts";
import { makeCertificate } from "../../support/certificate.ts";
import { closedPort } from "../../support/closed-port.ts";
import { plannedEnvironment } from "../../support/planned-environment.ts";
import { passwords, startPostgres, type TestPostgres } from "../../support/postgres.ts";
import { RdsEndpoint } from "../../support/rds-endpoint.ts";
import { scopeFor } from "../../support/stock.ts";

const region = "eu-west-1";
const hostname = "localhost";
const users = ["part_lens_admin", "part_lens_migrator", "part_lens_api", "part_lens_auditor"] as const;

/** Who of prod's roles may be whom in the database; every other role may be nobody. */
const mayBe: Readonly<Record<string, readonly (typeof users)[number][]>> = {
  delivery: ["part_lens_admin", "part_lens_migrator"],
  migrator: ["part_lens_migrator"],
  api: ["part_lens_api"],
  checks: ["part_lens_auditor"],
  "job-integrity": ["part_lens_auditor"],
  "job-reconcile": ["part_lens_auditor"],
  "job-reconcile-all": ["part_lens_auditor"],
  "job-review": ["part_lens_auditor"],
  "job-orphans": ["part_lens_auditor"],
  "job-queries": ["part_lens_auditor"],
  "job-probe": ["part_lens_api", "part_lens_auditor"],
  "job-sweep": ["part_lens_api"],
};

const directory = mkdtempSync(join(tmpdir(), "part-lens-iam-"));
const sessions = new SessionService();
const refused = { code: "28000" };
let names: string[];
let postgres: TestPostgres;
let endpoint: RdsEndpoint;
let late = 0;

beforeAll(async () => {
  postgres = await startPostgres();
  const { resources } = await plannedEnvironment("prod");
  const [, account = ""] = /arn:aws:iam::(\d{12}):/.exec(JSON.stringify(resources)) ?? [];
  const roles = plannedRoles({ resources }, account);
  for (const { name, policy } of roles) sessions.putRolePolicy(name, name, policy);
  names = roles.map(({ name }) => name);
  const certificate = await makeCertificate(hostname);
  endpoint = await RdsEndpoint.start({
    server: postgres.server,
    sessions,
    region,
    clusterResourceId: "main",
    hostname,
    certificate,
    now: () => Date.now() + late,
  });
  writeFileSync(join(directory, "ca.pem"), certificate.cert);
  vi.stubEnv("PGPASSFILE", undefined);
  vi.stubEnv("PGSSLMODE", undefined);
  vi.stubEnv("RDS_CA_FILE", join(directory, "ca.pem"));
  vi.stubEnv("AWS_REGION", region);
});

beforeEach(() => {
  late = 0;
  endpoint.refusals.length = 0;
  endpoint.admitted.length = 0;
  as("api");
});

afterAll(async () => {
  vi.unstubAllEnvs();
  await endpoint?.stop();
  await postgres?.stop();
  rmSync(directory, { recursive: true });
});

const credentialsOf = (role: string): Credentials => sessions.forRole(roleArn(role));

/** This process is a function with that role from now on. */
function as(role: string): void {
  const { accessKeyId, secretAccessKey, sessionToken } = credentialsOf(role);
  vi.stubEnv("AWS_ACCESS_KEY_ID", accessKeyId);
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", secretAccessKey);
  vi.stubEnv("AWS_SESSION_TOKEN", sessionToken);
}

const place = () => ({ host: hostname, port: endpoint.port, database: postgres.master.database });

/** Who the server says that one is; `more`: in place of what our own connection would do. */
async function whoAmI(user: string, more: pg.ClientConfig = {}): Promise<string> {
  const client = new pg.Client({ ...connection(place(), user), ...more });
  client.on("error", () => {});
  try {
    await client.connect();
    return (await client.query("select current_user as who")).rows[0].who;
  } finally {
    await client.end().catch(() => {});
  }
}

const token = (more: Partial<ConstructorParameters<typeof Signer>[0]> = {}) =>
  new Signer({
    hostname,
    port: endpoint.port,
    username: "part_lens_api",
    region,
    credentials: credentialsOf("api"),
    ...more,
  }).getAuthToken();

describe("signing in by IAM", () => {
  test("lets the API's pools in with the token of the API's role, a token for each connection", async () => {
    const pools = createPools({ max: 2 });
    const at = { ...place(), database: postgres.tenants.alpha.database };
    const payload = { part_id: postgres.partIds.aurora["P-1"] };
    const view = () => pools.call(at, "v2_view_part_details", scopeFor("aurora"), payload);
    const seen = await Promise.all([view(), view(), view()]);
    expect(seen).toEqual(
      Array(3).fill(expect.objectContaining({ part: expect.objectContaining({ on_hand: 10 }) })),
    );
    await pools.end();
    expect(endpoint.admitted).toEqual(["part_lens_api", "part_lens_api"]);
    expect(endpoint.refusals).toEqual([]);
  });

  test("lets each role of the program be whom its policy names, and nobody else", async () => {
    expect(names).toEqual(expect.arrayContaining(Object.keys(mayBe)));
    for (const name of names) {
      as(name);
      const outcome = async (user: string) => whoAmI(user).catch(({ code }) => code);
      const outcomes = [];
      for (const user of users) outcomes.push([name, user, await outcome(user)]);
      expect(outcomes).toEqual(
        users.map((user) => [name, user, mayBe[name]?.includes(user) ? user : refused.code]),
      );
    }
  });

  test("leaves every other cluster closed to a role that may not be its user", async () => {
    sessions.putRolePolicy(
      "elsewhere",
      "elsewhere",
      JSON.stringify({
        Statement: [
          {
            Effect: "Allow",
            Action: "rds-db:connect",
            Resource: `arn:aws:rds-db:${region}:000000000000:dbuser:charter/part_lens_api`,
          },
        ],
      }),
    );
    as("elsewhere");
    await expect(whoAmI("part_lens_api")).rejects.toMatchObject(refused);
    expect(endpoint.refusals).toEqual([expect.stringMatching(/elsewhere may not rds-db:connect on .*main/)]);
  });

  test("ends with the token's 15 minutes", async () => {
    const old = await token();
    late = 14 * 60_000;
    expect(await whoAmI("part_lens_api", { password: old })).toBe("part_lens_api");
    late = 16 * 60_000;
    await expect(whoAmI("part_lens_api", { password: old })).rejects.toMatchObject(refused);
    expect(endpoint.refusals).toEqual(["AccessDenied: Request has expired"]);
  });

  test.each<[string, () => Promise<string>, RegExp]>([
    [
      "another user's token",
      () => token({ username: "part_lens_migrator" }),
      /to connect as part_lens_migrator/,
    ],
    ["a token for another host", () => token({ hostname: "another.example" }), /signature does not match/],
    ["a token for another port", () => token({ port: 5432 }), /signature does not match/],
    ["a token for another region", () => token({ region: "us-east-1" }), /not for eu-west-1/],
    [
      "a token whose user was changed",
      async () =>
        (await token({ username: "part_lens_migrator" })).replace("part_lens_migrator", "part_lens_api"),
      /signature does not match/,
    ],
    [
      "a token whose life was lengthened",
      async () => (await token()).replace("Expires=900", "Expires=9000"),
      /signature does not match/,
    ],
    [
      "a token by a key that nobody has",
      () => token({ credentials: { accessKeyId: "AKIANOBODY", secretAccessKey: "x" } }),
      /no such access key/,
    ],
    [
      "a token without the session's own",
      () => token({ credentials: { ...credentialsOf("api"), sessionToken: "" } }),
      /wrong session token/,
    ],
    ["the password that the server knows", async () => passwords.part_lens_api, /no token of IAM/],
    ["nothing", async () => "", /no token of IAM/],
  ])("refuses %s", async (_, password, why) => {
    await expect(whoAmI("part_lens_api", { password: await password() })).rejects.toMatchObject({
      ...refused,
      message: 'PAM authentication failed for user "part_lens_api"',
    });
    expect(endpoint.refusals).toEqual([expect.stringMatching(why)]);
  });

  test("refuses whoever comes without TLS", async () => {
    vi.stubEnv("PGSSLMODE", "disable");
    await expect(whoAmI("part_lens_api")).rejects.toMatchObject({
      ...refused,
      message: expect.stringContaining("no encryption"),
    });
    vi.stubEnv("PGSSLMODE", undefined);
  });

  test("sends no token to a server that has no certificate of that name by an authority that we know", async () => {
    const unknown = { ssl: { rejectUnauthorized: true } };
    await expect(whoAmI("part_lens_api", unknown)).rejects.toMatchObject({
      code: "DEPTH_ZERO_SELF_SIGNED_CERT",
    });
    const misnamed = { ...connection({ ...place(), host: "127.0.0.1" }, "part_lens_api"), host: "127.0.0.1" };
    await expect(whoAmI("part_lens_api", misnamed)).rejects.toMatchObject({
      code: "ERR_TLS_CERT_ALTNAME_INVALID",
    });
    expect(endpoint.admitted).toEqual([]);
  });
});

describe("the admin of a cluster", () => {
  test("is locked out of its password by the first role of its own that signs in by IAM", async () => {
    // RDS's admin of a new cluster: it may make roles and hand out rds_iam, and is a member of nothing.
    const superuser = await postgres.client("postgres");
    await superuser.query("create role new_admin login createrole password 'of-new-admin'");
    const byPassword = () => whoAmI("new_admin", { password: "of-new-admin" });
    expect(await byPassword()).toBe("new_admin");
    await superuser.query("set role new_admin; create role signs_in login; reset role");
    expect(await byPassword()).toBe("new_admin");
    await superuser.query("grant rds_iam to signs_in");
    await expect(byPassword()).rejects.toMatchObject(refused);
  });

  test("still signs in, by the delivery runner's token, where the program has made its roles", async () => {
    const byPassword = whoAmI("part_lens_admin", { password: passwords.part_lens_admin });
    await expect(byPassword).rejects.toMatchObject(refused);
    as("delivery");
    expect(await whoAmI("part_lens_admin")).toBe("part_lens_admin");
  });

  test("is allowed to sign in by IAM when the service first comes up, and asked nothing after that", async () => {
    const superuser = await postgres.client("postgres");
    await superuser.query("revoke rds_iam from part_lens_admin cascade");
    const { signIn } = clusterAdmin(region);
    const sent: string[] = [];
    const byPassword = async (_cluster: unknown, statement: string) => {
      sent.push(statement);
      await superuser.query(statement);
    };
    as("delivery");
    const clusters = { main: { host: hostname, port: endpoint.port, arn: "arn:of-main" } };
    for (let time = 0; time < 2; time++) {
      await allowAdminSignIn(clusters, { signIn, byPassword }, () => {});
      expect(sent).toEqual(["grant rds_iam to part_lens_admin"]);
    }
    expect(endpoint.admitted).toEqual(["part_lens_admin", "part_lens_admin"]);
  });

  test("is told which permission is missing when the role may not be it, and where it is not to be reached", async () => {
    const steps = { ...clusterAdmin(region), byPassword: async () => {} };
    const clusters = { main: { host: hostname, port: endpoint.port, arn: "arn:of-main" } };
    as("api");
    await expect(allowAdminSignIn(clusters, steps, () => {})).rejects.toThrow("needs rds-db:connect");
    const nowhere = { main: { ...clusters.main, port: closedPort } };
    await expect(allowAdminSignIn(nowhere, steps, () => {})).rejects.toThrow(ClusterOutOfReach);
  });
});
