import * as postgresql from "@pulumi/postgresql";
import * as pulumi from "@pulumi/pulumi";
import { componentType } from "../naming.ts";
import { adminRole } from "./engine.ts";
import type { DatabaseRole } from "./roles.ts";

export interface DatabaseArgs {
  /** The connection to its cluster. */
  readonly connection: postgresql.Provider;
  /** The name in PostgreSQL. */
  readonly databaseName: string;
  /** The roles that may connect and use the schema; what they reach in it is said in SQL. */
  readonly users: readonly DatabaseRole[];
  /** Made by the admin: on RDS it may make those of a list. Default: none. */
  readonly extensions?: readonly string[];
  /** Refuses deletion by Pulumi. Default true. */
  readonly protect?: boolean;
}

/** The one schema of every database. */
export const schemaName = "part_lens";

/**
 * Who owns what. The database is the admin's: PostgreSQL takes grants on a database from its owner alone, and of anybody
 * else it takes none without saying so. What lies in it is of the role that nobody signs in as.
 */
const owners = { database: adminRole, schema: "part_lens_owner" } as const;

/** A database with its schema and grants. Tables, functions and policies are SQL, applied by the migrator. */
export class Database extends pulumi.ComponentResource {
  readonly databaseName: pulumi.Output<string>;
  /** The last thing made in it: what needs the database ready waits for it. */
  readonly ready: pulumi.Resource;

  constructor(name: string, args: DatabaseArgs, options?: pulumi.ComponentResourceOptions) {
    super(componentType("database", "Database"), name, {}, options);
    const inputs = {
      name: args.databaseName,
      owner: owners.database,
      encoding: "UTF8",
      allowConnections: true,
    };
    const own = { parent: this, provider: args.connection };
    const database = new postgresql.Database(name, inputs, { ...own, protect: args.protect ?? true });
    // What lies in the database vanishes with it.
    const inside = { ...own, deletedWith: database };
    const schema = { name: schemaName, database: database.name, owner: owners.schema };
    let last: pulumi.Resource = new postgresql.Schema(name, schema, {
      ...inside,
      protect: args.protect ?? true,
    });
    for (const [suffix, grant] of Object.entries(grantsOf(args.users))) {
      // One after the other: grants in parallel on one database fail with "tuple concurrently updated".
      const how = { ...inside, dependsOn: [last] };
      last = new postgresql.Grant(`${name}-${suffix}`, { ...grant, database: database.name }, how);
    }
    for (const extension of args.extensions ?? []) {
      const made = { name: extension, database: database.name };
      last = new postgresql.Extension(`${name}-${extension}`, made, { ...inside, dependsOn: [last] });
    }
    this.databaseName = database.name;
    this.ready = last;
    this.registerOutputs({ databaseName: this.databaseName });
  }
}

type GrantRule = Pick<postgresql.GrantArgs, "objectType" | "privileges" | "role" | "schema">;

/** The grants of a database by the suffix of their name, in the order they are made: first what everybody has is taken. */
export function grantsOf(users: readonly DatabaseRole[]): Record<string, GrantRule> {
  const nobody = { role: "public", objectType: "database", privileges: [] };
  const connect = (role: string) => ({ role, objectType: "database", privileges: ["CONNECT"] });
  const usage = (role: string) => ({ role, objectType: "schema", schema: schemaName, privileges: ["USAGE"] });
  return {
    "public-none": nobody,
    ...Object.fromEntries(users.map((role) => [`${role}-connect`, connect(role)])),
    ...Object.fromEntries(
      users.filter((role) => role !== "part_lens_migrator").map((role) => [`${role}-usage`, usage(role)]),
    ),
  };
}
