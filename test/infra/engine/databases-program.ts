/**
 * What the program makes inside a cluster, and nothing else: its roles, MASTER and the database of a tenant. Without the
 * tenants' extension: PostgreSQL asks for a superuser to make it, RDS does not.
 */
import * as pulumi from "@pulumi/pulumi";
import { Database } from "../../../infra/database/database.ts";
import { MasterDatabase } from "../../../infra/database/master-database.ts";
import { Roles } from "../../../infra/database/roles.ts";
import { tenantDatabaseName } from "../../../infra/database/tenant-database.ts";

export default async function program(): Promise<void> {
  const config = new pulumi.Config("part-lens");
  const place = { host: config.require("host"), port: config.requireNumber("port") };
  const roles = new Roles("main", { ...place, region: "eu-west-1", statementTimeout: 5_000 });
  const made = { connection: roles.connection, protect: false };
  const after = { dependsOn: [roles] };
  new MasterDatabase("master", made, after);
  const users = ["part_lens_migrator", "part_lens_api", "part_lens_auditor"] as const;
  new Database("tenant-alpha", { ...made, databaseName: tenantDatabaseName("alpha"), users }, after);
}
