/**
 * What the program makes inside a cluster, by Pulumi's real engine with the real PostgreSQL provider, where both are on
 * the machine: through an endpoint that asks what RDS asks, into a real server, as an admin who is no superuser.
 */
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { LocalHost } from "../../../infra/local/host.ts";
import { postgresDatabase } from "../../../infra/local/realisers/postgres-database.ts";
import { postgresGrant } from "../../../infra/local/realisers/postgres-grant.ts";
import { postgresRole } from "../../../infra/local/realisers/postgres-role.ts";
import { postgresSchema } from "../../../infra/local/realisers/postgres-schema.ts";
import { localAccount } from "../../../infra/local/services/arn.ts";
import { PostgresAdmin } from "../../../infra/local/services/postgres-admin.ts";
import { PostgresServer } from "../../../infra/local/services/postgres-server.ts";
import { roleArn, SessionService } from "../../../infra/local/services/session-service.ts";
import { findPulumi } from "../../../infra/update/pulumi-cli.ts";
import { type Certificate, makeCertificate } from "../../support/certificate.ts";
import { passwords } from "../../support/postgres.ts";
import { RdsEndpoint } from "../../support/rds-endpoint.ts";
import { clusterCatalogue } from "./cluster-catalogue.ts";
import program from "./databases-program.ts";
import { DatabasesStack } from "./databases-stack.ts";

const { version } = JSON.parse(readFileSync("node_modules/@pulumi/postgresql/package.json", "utf8")) as {
  version: string;
};
const pulumi = findPulumi();
const plugins = join(process.env.PULUMI_HOME ?? join(homedir(), ".pulumi"), "plugins");
const plugin = join(plugins, `resource-postgresql-v${version}`, "pulumi-resource-postgresql");
const missing = [
  ...(pulumi ? [] : ['no "pulumi" on PATH']),
  ...(existsSync(plugin) ? [] : [`no plugin resource-postgresql ${version}`]),
];
if (missing.length > 0)
  console.log(`skipped, nothing is made by the real PostgreSQL provider: ${missing.join(", ")}`);
const timeout = 600_000;
let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "part-lens-provider-"));
});
afterAll(() => rmSync(directory, { recursive: true }));

describe.skipIf(!pulumi)("a provider that the engine starts", { timeout }, () => {
  test("finds the authorities from where it is started, also by a destroy that runs no program", async () => {
    const provider = join(directory, "stand-in");
    writeFileSync(
      provider,
      `#!/bin/sh\nexec "${process.execPath}" "${resolve("test/infra/engine/stand-in-plugin.ts")}"\n`,
    );
    chmodSync(provider, 0o755);
    const place = { host: "main.example", port: 5432 };
    const stack = new DatabasesStack({ pulumi: pulumi!, provider, version, authorities: "any", place });
    try {
      await stack.run(["stack", "init"]);
      const up = await stack.run(["up", "--yes", "--skip-preview"], "infra/database");
      expect(up.exitCode, up.printed).toBe(0);
      stack.forgetProgram();
      const destroyed = await stack.run(["destroy", "--yes", "--skip-preview"]);
      expect(destroyed.exitCode, destroyed.printed).toBe(0);
    } finally {
      stack.remove();
    }
  });
});

describe.skipIf(missing.length > 0)("the real provider", { timeout }, () => {
  const region = "eu-west-1";
  const sessions = new SessionService();
  const stacks: DatabasesStack[] = [];
  const endpoints: RdsEndpoint[] = [];
  let server: PostgresServer;
  let trusted: Certificate;

  beforeAll(async () => {
    const Resource = `arn:aws:rds-db:${region}:${localAccount}:dbuser:main/part_lens_admin`;
    const Statement = [{ Effect: "Allow", Action: "rds-db:connect", Resource }];
    sessions.putRolePolicy("delivery", "delivery", JSON.stringify({ Statement }));
    server = await PostgresServer.start({ directory: join(directory, "server"), passwords, durable: false });
    trusted = await makeCertificate("localhost");
  });
  afterAll(async () => {
    for (const stack of stacks) stack.remove();
    for (const endpoint of endpoints) await endpoint.stop();
    await server?.stop();
    server?.remove();
  });

  /** A stack at a cluster that has that certificate. */
  async function stackAt(certificate: Certificate, authorities = trusted.cert) {
    const cluster = { server, sessions, region, clusterResourceId: "main", hostname: "localhost" };
    const endpoint = await RdsEndpoint.start({ ...cluster, certificate });
    endpoints.push(endpoint);
    const { accessKeyId, secretAccessKey, sessionToken = "" } = sessions.forRole(roleArn("delivery"));
    const stack = new DatabasesStack({
      pulumi: pulumi!,
      provider: plugin,
      version,
      authorities,
      place: { host: "localhost", port: endpoint.port },
      environment: {
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: secretAccessKey,
        AWS_SESSION_TOKEN: sessionToken,
      },
    });
    stacks.push(stack);
    await stack.run(["stack", "init"]);
    return { stack, endpoint };
  }
  const up = ["up", "--yes", "--skip-preview"];

  test.each([
    ["of another authority", "localhost", () => trusted.cert, "unknown authority"],
    ["for another name", "elsewhere.example", ({ cert }: Certificate) => cert, "not localhost"],
  ])("sends no token to a server whose certificate is %s", async (_, name, authorities, why) => {
    const certificate = await makeCertificate(name);
    const { stack, endpoint } = await stackAt(certificate, authorities(certificate));
    const { exitCode, printed } = await stack.run(up);
    expect(printed).toContain(why);
    expect(exitCode).not.toBe(0);
    expect(endpoint.admitted).toEqual([]);
  });

  test("makes what the local host makes, once, leaves no path of this machine, and takes it away", async () => {
    const { stack, endpoint } = await stackAt(trusted);
    const { exitCode, printed } = await stack.run(up);
    expect(exitCode, printed).toBe(0);
    expect(new Set(endpoint.admitted)).toEqual(new Set(["part_lens_admin"]));
    const catalogue = await clusterCatalogue(server);
    expect(catalogue.databases).toHaveLength(2);
    expect(catalogue).toEqual(await locallyMade());
    for (const again of [
      ["up", "--yes", "--skip-preview"],
      ["preview", "--refresh"],
    ]) {
      const nothing = await stack.run([...again, "--expect-no-changes", "--diff"], "infra");
      expect(nothing.exitCode, nothing.printed).toBe(0);
    }
    const { out: state } = await stack.run(["stack", "export"]);
    expect(state).toContain('"sslrootcert": "database/rds-authorities.pem"');
    expect(state).not.toContain(stack.directory);
    const destroyed = await stack.run(["destroy", "--yes", "--skip-preview"]);
    expect(destroyed.exitCode, destroyed.printed).toBe(0);
    expect((await clusterCatalogue(server)).databases).toEqual([]);
  });

  /** The catalogue of a server of its own, after the local host's update with the same program. */
  async function locallyMade() {
    const own = await PostgresServer.start({
      directory: join(directory, "local"),
      passwords,
      durable: false,
    });
    try {
      const admin = new PostgresAdmin(passwords);
      const realisers = [postgresRole, postgresDatabase, postgresSchema, postgresGrant].map((make) =>
        make(admin),
      );
      const host = new LocalHost({ directory: join(directory, "state"), realisers, region });
      const place = { "part-lens:host": own.host, "part-lens:port": String(own.port) };
      const { notSimulated } = await host.update("test-service", program, place);
      expect(notSimulated).toEqual([]);
      return await clusterCatalogue(own);
    } finally {
      await own.stop();
      own.remove();
    }
  }
});
