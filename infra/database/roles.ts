import type * as aws from "@pulumi/aws";
import * as postgresql from "@pulumi/postgresql";
import * as pulumi from "@pulumi/pulumi";
import { componentType } from "../naming.ts";
import { adminRole, engineVersion } from "./engine.ts";
import { rdsAuthoritiesFile } from "./rds-authorities.ts";

export interface RolesArgs {
  /** Where the cluster listens. */
  readonly host: pulumi.Input<string>;
  readonly port: pulumi.Input<number>;
  /** The region that a sign-in by IAM is signed for. */
  readonly region: string;
  /** A statement of the API is ended after this, so that nothing outlives its request. Milliseconds. */
  readonly statementTimeout: number;
}

interface RoleRule {
  /** Whether it signs in, by IAM, and so is a member of `rds_iam`. */
  readonly login: boolean;
  /** The roles it is a member of besides. */
  readonly memberOf: readonly string[];
}

/** The roles of a cluster, in the order they are made. */
export const databaseRoles = {
  /** Owns every object, and cannot sign in. */
  part_lens_owner: { login: false, memberOf: [] },
  /** Applies the SQL files as the owner. */
  part_lens_migrator: { login: true, memberOf: ["part_lens_owner"] },
  /** Serves requests: owns nothing, bypasses nothing. */
  part_lens_api: { login: true, memberOf: [] },
  /**
   * Reads everything, for the checks; of whose statements take the time, too. PostgreSQL asks for pg_read_all_stats, and
   * RDS lets its admin hand out pg_monitor, which has it. Source: PostgreSQL, "Predefined Roles"; RDS's rds_superuser.
   */
  part_lens_auditor: { login: true, memberOf: ["pg_monitor"] },
} as const satisfies Record<string, RoleRule>;

export type DatabaseRole = keyof typeof databaseRoles;

/** Amazon's role: its members sign in with a token of IAM, and no longer with a password. */
const iamRole = "rds_iam";

/**
 * The connection to one cluster as its admin, and the roles in it.
 * The admin signs in by IAM too: from PostgreSQL 16 on it becomes a member of each role it makes, so with the first
 * member of `rds_iam` its password stops working. Before the first update it is granted `rds_iam` deliberately.
 */
export class Roles extends pulumi.ComponentResource {
  /** What the databases of this cluster are made with. */
  readonly connection: postgresql.Provider;

  constructor(name: string, args: RolesArgs, options?: pulumi.ComponentResourceOptions) {
    super(componentType("database", "Roles"), name, {}, options);
    this.connection = new postgresql.Provider(name, connectionInputs(args), { parent: this });
    let previous: pulumi.Resource[] = [];
    for (const [role, rule] of Object.entries(databaseRoles)) {
      // One after the other: changes of role membership in parallel fail with "tuple concurrently updated".
      const how = { parent: this, provider: this.connection, dependsOn: previous };
      previous = [new postgresql.Role(`${name}-${role}`, roleInputs(role, rule, args), how)];
    }
    this.registerOutputs({});
  }
}

function connectionInputs(args: RolesArgs): postgresql.ProviderArgs {
  return {
    host: args.host,
    port: args.port,
    database: "postgres",
    username: adminRole,
    awsRdsIamAuth: true,
    awsRdsIamRegion: args.region as aws.Region,
    expectedVersion: engineVersion,
    // A token is handed to nobody but the cluster of that name. The host of dev's port forward is that name, too.
    sslmode: "verify-full",
    sslrootcert: rdsAuthoritiesFile,
    // RDS's admin is no superuser, and the provider must not act as one.
    superuser: false,
  };
}

function roleInputs(role: string, rule: RoleRule, args: RolesArgs): postgresql.RoleArgs {
  return {
    name: role,
    login: rule.login,
    roles: [...rule.memberOf, ...(rule.login ? [iamRole] : [])],
    ...(role === "part_lens_api" ? { statementTimeout: args.statementTimeout } : {}),
    bypassRowLevelSecurity: false,
    createDatabase: false,
    createRole: false,
    superuser: false,
  };
}
