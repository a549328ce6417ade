import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { adminRole, PostgresServer } from "../../../infra/local/services/postgres-server.ts";
import {
  allowAdminSignIn,
  type ClusterAddress,
  firstStatement,
  type SignInSteps,
} from "../../../infra/update/admin-sign-in.ts";
import { clusterAdmin } from "../../../infra/update/cluster-adapter.ts";
import { type DataApi, startDataApi } from "../../support/data-api.ts";

const cluster: ClusterAddress = {
  host: "db.example",
  port: 5432,
  arn: "arn:cluster",
  adminSecretArn: "arn:secret",
};
const failure = (code: string) => Object.assign(new Error(`refused with ${code}`), { code });

/** Steps whose sign-ins end one after another as listed, and what was asked of them. */
function steps(...answers: (Error | "ok")[]): SignInSteps & { readonly asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    async signIn({ host }) {
      asked.push(`sign in to ${host}`);
      const answer = answers.shift();
      if (answer instanceof Error) throw answer;
    },
    async byPassword(_cluster, statement) {
      asked.push(statement);
    },
  };
}

const signIn = "sign in to db.example";
const grant = "grant rds_iam to part_lens_admin";

describe("the admin of a cluster", () => {
  test("who signs in by IAM already is asked nothing more", async () => {
    const known = steps("ok");
    const said: string[] = [];
    await allowAdminSignIn({ main: cluster }, known, (text) => said.push(text));
    expect(known.asked).toEqual([signIn]);
    expect(said).toEqual([]);
  });

  test.each(["28P01", "28000"])(
    "who is refused with %s is allowed to by password, once, and it is said",
    async (code) => {
      const fresh = steps(failure(code), "ok");
      const said: string[] = [];
      await allowAdminSignIn({ main: cluster }, fresh, (text) => said.push(text));
      expect(fresh.asked).toEqual([signIn, grant, signIn]);
      expect(said).toEqual(["cluster main is new: its admin is allowed to sign in by IAM"]);
    },
  );

  test("who is still refused is told what permission is missing", async () => {
    const refused = steps(failure("28000"), failure("28000"));
    await expect(allowAdminSignIn({ main: cluster }, refused, () => {})).rejects.toThrow(
      "needs rds-db:connect",
    );
  });

  test.each(["ECONNREFUSED", "ENOTFOUND", "ETIMEDOUT"])(
    "is out of reach when the network says %s",
    async (code) => {
      const away = steps(failure(code));
      await expect(allowAdminSignIn({ main: cluster }, away, () => {})).rejects.toMatchObject({
        name: "ClusterOutOfReach",
        message: `cluster main does not answer at db.example:5432 (refused with ${code})`,
      });
      expect(away.asked).toEqual([signIn]);
    },
  );

  test("is not granted anything for another failure, which is passed on", async () => {
    const other = steps(failure("DEPTH_ZERO_SELF_SIGNED_CERT"));
    await expect(allowAdminSignIn({ main: cluster }, other, () => {})).rejects.toThrow("DEPTH_ZERO");
    expect(other.asked).toEqual([signIn]);
  });
});

describe("the RDS Data API", () => {
  let directory: string;
  let server: PostgresServer;
  let api: DataApi;
  const before = { ...process.env };
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), "part-lens-sign-in-"));
    const passwords = { postgres: "super", [adminRole]: "admin" };
    server = await PostgresServer.start({ directory, passwords, durable: false });
    api = await startDataApi({ server, secretArn: "arn:secret", accessKeyId: "AKIAEXAMPLE" });
    Object.assign(process.env, {
      AWS_ENDPOINT_URL_RDS_DATA: api.url,
      AWS_ACCESS_KEY_ID: "AKIAEXAMPLE",
      AWS_SECRET_ACCESS_KEY: "secret",
    });
  });
  afterAll(async () => {
    process.env = before;
    api?.stop();
    await server?.stop();
    server?.remove();
    rmSync(directory, { recursive: true, force: true });
  });

  async function inherits(): Promise<boolean> {
    const client = new pg.Client(server.login(adminRole));
    await client.connect();
    const { rows } = await client.query("select pg_has_role(current_user, 'rds_iam', 'usage') as inherits");
    await client.end();
    return rows[0].inherits;
  }

  test("makes the admin a member of rds_iam by its first statement, and may be asked again", async () => {
    expect(await inherits()).toBe(false);
    for (let time = 0; time < 2; time++) {
      await clusterAdmin("eu-west-1").byPassword(cluster, firstStatement);
      expect(await inherits()).toBe(true);
    }
  });

  test("is not asked for a cluster whose admin has no secret", async () => {
    const { adminSecretArn: _none, ...local } = cluster;
    await expect(clusterAdmin("eu-west-1").byPassword(local, firstStatement)).rejects.toThrow("no secret");
  });

  test("is what refuses a secret that is not the admin's", async () => {
    const foreign = { ...cluster, adminSecretArn: "arn:other" };
    await expect(clusterAdmin("eu-west-1").byPassword(foreign, firstStatement)).rejects.toMatchObject({
      $metadata: { httpStatusCode: 403 },
    });
  });
});
