/**
 * `npm run up -- --env dev` on Pulumi's real engine, where its CLI is on PATH, with a real PostgreSQL that asks of a
 * sign-in what RDS asks. Stand-ins: the providers, which make nothing, and the front of the RDS Data API.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { adminRole, PostgresServer } from "../../../infra/local/services/postgres-server.ts";
import { SessionService } from "../../../infra/local/services/session-service.ts";
import { type LayerName, layers } from "../../../infra/naming.ts";
import type { PlannedResource } from "../../../infra/preview/graph.ts";
import { referenceText } from "../../../infra/preview/reference.ts";
import { firstStatement } from "../../../infra/update/admin-sign-in.ts";
import { findPulumi } from "../../../infra/update/pulumi-cli.ts";
import { makeCertificate } from "../../support/certificate.ts";
import { type DataApi, startDataApi } from "../../support/data-api.ts";
import { advanceRecord, plannedEnvironment } from "../../support/planned-environment.ts";
import { RdsEndpoint } from "../../support/rds-endpoint.ts";
import { EngineProject } from "./engine-project.ts";
import type { Ended } from "./pulumi-run.ts";
import { type StandInProvider, startStandInProvider } from "./stand-in-provider.ts";

const pulumi = findPulumi();
const region = "eu-west-1";
const hostname = "localhost";
const limit = 600_000;
const clusterType = "aws:rds/cluster:Cluster";
const secretArn = referenceText(clusterType, "main", "masterUserSecrets[0].secretArn");
const flagChanges = [
  "update aws:appconfig/hostedConfigurationVersion:HostedConfigurationVersion rollout",
  "update aws:appconfig/deployment:Deployment rollout",
];

describe.skipIf(!pulumi)("npm run up on the real engine", () => {
  const sessions = new SessionService();
  const parameters: Record<string, string> = {};
  let server: PostgresServer;
  let endpoint: RdsEndpoint;
  let dataApi: DataApi;
  let provider: StandInProvider;
  let project: EngineProject;
  /** What the plan without a cloud has. */
  let planned: PlannedResource[];

  beforeAll(async () => {
    const { resources } = await plannedEnvironment("dev");
    planned = resources.filter(({ custom, type }) => custom && !type.startsWith("pulumi:"));
    const reached = () => ({ endpoint: hostname, port: endpoint.port });
    const outputs = (type: string) => (type === clusterType ? reached() : undefined);
    provider = await startStandInProvider({ region, parameters, outputs });
    project = new EngineProject({ aws: provider.port, postgresql: provider.port });
    server = await newCluster(project.directory);
    endpoint = await trustedEndpoint();
    const { accessKeyId } = sessions.administrator;
    // The server has no rds_superuser, which the admin of RDS is a member of and may hand rds_iam out by.
    dataApi = await startDataApi({ server, secretArn, accessKeyId, user: "postgres" });
  }, limit);

  afterAll(async () => {
    provider?.stop();
    dataApi?.stop();
    await endpoint?.stop();
    await server?.stop();
    server?.remove();
    project?.remove();
  });

  async function trustedEndpoint(): Promise<RdsEndpoint> {
    const certificate = await makeCertificate(hostname);
    writeFileSync(join(project.directory, "ca.pem"), certificate.cert);
    return RdsEndpoint.start({ server, sessions, region, clusterResourceId: "main", hostname, certificate });
  }

  /** Runs Node in the project, with credentials, and tells what was asked of the providers meanwhile. */
  async function node(...args: string[]): Promise<Ended & { changes: string[] }> {
    const before = provider.changes.length;
    const ended = await project.run(process.execPath, args, {
      AWS_ACCESS_KEY_ID: sessions.administrator.accessKeyId,
      AWS_SECRET_ACCESS_KEY: sessions.administrator.secretAccessKey,
      AWS_ENDPOINT_URL_RDS_DATA: dataApi.url,
      RDS_CA_FILE: join(project.directory, "ca.pem"),
    });
    return { ...ended, changes: provider.changes.slice(before) };
  }

  const up = (...options: string[]) => node(resolve("infra/update/up.ts"), "--env", "dev", ...options);

  /** What the verbs do to a stack, by their own code. */
  const stackUpdate = (call: string) => {
    const module = JSON.stringify(resolve("infra/update/cloud-stack.ts"));
    const script = `const { stackUpdates } = await import(${module}); console.log(JSON.stringify(await stackUpdates("dev").${call}));`;
    return node("--input-type=module", "--eval", script);
  };

  const rolloutFile = () =>
    readFileSync(join(project.directory, "stacks", "Pulumi.dev-rollout.yaml"), "utf8");

  it(
    "brings the three layers up in order, all that the plan has, and lets the new cluster's admin sign in before the second",
    async () => {
      const { exitCode, printed, changes } = await up();
      expect(exitCode, printed.slice(-4000)).toBe(0);
      expect(dataApi.statements).toEqual([firstStatement]);
      expect(endpoint.admitted).toEqual([adminRole]);
      expect(
        placesIn(
          printed,
          layers.map((layer) => `dev-${layer}: succeeded`),
        ),
      ).toEqual("in order");
      expect([...changes].sort()).toEqual(planned.map(({ type, name }) => `create ${type} ${name}`).sort());
    },
    limit,
  );

  it(
    "changes nothing when it is run again, and asks nothing more of the admin",
    async () => {
      const { exitCode, printed, changes } = await up();
      expect(exitCode, printed.slice(-4000)).toBe(0);
      expect(changes).toEqual([]);
      expect(dataApi.statements).toHaveLength(1);
    },
    limit,
  );

  it(
    "refuses a rise without its recorded advance, exits with 2, and leaves the stage in the stack file",
    async () => {
      const { exitCode, printed, changes } = await up("--layers", "rollout", "--stage", "canary-5");
      expect({ exitCode, changes }).toEqual({ exitCode: 2, changes: [] });
      expect(printed).toContain(
        "canary-5 is refused: the rollout stands at off and no advance to canary-5 is recorded",
      );
      expect(rolloutFile()).toMatch(/^ {2}part-lens:rolloutStage: "?off"?$/m);
      expect(printed).not.toMatch(/^ +at .*:\d+:\d+\)?$/m);
    },
    limit,
  );

  it(
    "a verb's update to a recorded stage changes the flag document and its deployment alone, and the stack file names it",
    async () => {
      Object.assign(parameters, advanceRecord("dev", "off", "canary-5", []));
      const { exitCode, printed, changes } = await stackUpdate('raise("canary-5", console.log)');
      expect(exitCode, printed.slice(-4000)).toBe(0);
      expect(changes).toEqual(flagChanges);
      expect(rolloutFile()).toMatch(/^ {2}part-lens:rolloutStage: "?canary-5"?$/m);
    },
    limit,
  );

  it(
    "a verb reads the yachts from what the service layer puts out",
    async () => {
      const { exitCode, out, printed } = await stackUpdate("yachts()");
      expect(exitCode, printed.slice(-4000)).toBe(0);
      expect(JSON.parse(out)).toContainEqual(
        expect.objectContaining({ name: "Demo Sandpiper", pilot: true }),
      );
    },
    limit,
  );

  it(
    "says what to do where nobody answers at the cluster's address, and updates nothing",
    async () => {
      await endpoint.stop();
      const { exitCode, printed, changes } = await up("--layers", "service");
      expect({ exitCode, changes }).toEqual({ exitCode: 2, changes: [] });
      expect(printed).toContain("cluster main does not answer at localhost:");
      expect(printed).toContain("forward the port first");
    },
    limit,
  );

  it(
    "is torn down again, the layers in turn from the last, and nothing is left",
    async () => {
      for (const layer of layers.toReversed()) {
        const { exitCode, printed } = await destroy(layer);
        expect(exitCode, printed.slice(-4000)).toBe(0);
      }
      const deleted = provider.changes.filter((one) => one.startsWith("delete "));
      const gone = planned.filter(({ retainOnDelete, deletedWith }) => !retainOnDelete && !deletedWith);
      expect([...deleted].sort()).toEqual(gone.map(({ type, name }) => `delete ${type} ${name}`).sort());
      for (const layer of layers) {
        const { out } = await project.run(pulumi!, ["stack", "export", "--stack", `dev-${layer}`]);
        expect(JSON.parse(out).deployment.resources ?? []).toEqual([]);
      }
    },
    limit,
  );

  const destroy = (layer: LayerName) =>
    project.run(pulumi!, ["destroy", "--yes", "--non-interactive", "--stack", `dev-${layer}`]);
});

/** A server whose admin is what RDS's is on the first day: no member of rds_iam. */
async function newCluster(directory: string): Promise<PostgresServer> {
  const passwords = { postgres: "super", [adminRole]: "admin" };
  const server = await PostgresServer.start({ directory, passwords, durable: false });
  const superuser = new pg.Client(server.superuser());
  await superuser.connect();
  await superuser.query(`revoke rds_iam from ${adminRole} cascade`);
  await superuser.end();
  return server;
}

/** Whether each text follows the one before. */
function placesIn(text: string, parts: readonly string[]): "in order" | readonly number[] {
  const places = parts.map((part) => text.indexOf(part));
  return places.every((place, index) => place > (places[index - 1] ?? -1)) ? "in order" : places;
}
