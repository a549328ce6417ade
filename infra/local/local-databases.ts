import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import type { Realiser } from "./realiser.ts";
import { postgresDatabase } from "./realisers/postgres-database.ts";
import { postgresDefaultPrivileges } from "./realisers/postgres-default-privileges.ts";
import { postgresExtension } from "./realisers/postgres-extension.ts";
import { postgresGrant } from "./realisers/postgres-grant.ts";
import { postgresGrantRole } from "./realisers/postgres-grant-role.ts";
import { postgresRole } from "./realisers/postgres-role.ts";
import { postgresSchema } from "./realisers/postgres-schema.ts";
import { rdsCluster } from "./realisers/rds-cluster.ts";
import { rdsClusterInstance } from "./realisers/rds-cluster-instance.ts";
import { PostgresAdmin } from "./services/postgres-admin.ts";
import { PostgresClusters } from "./services/postgres-clusters.ts";

export interface LocalDatabasesOptions {
  readonly directory: string;
  /** Made by setup.mjs; holds the passwords by role. */
  readonly keyDirectory: string;
  /** False: a power cut may lose rows. */
  readonly durable: boolean;
  readonly region: string;
}

/** The database clusters of a local stack, with the passwords that stand for IAM on one machine. */
export class LocalDatabases {
  /** What a process needs in its environment to sign in. */
  readonly environment: Readonly<Record<string, string>>;
  readonly #clusters: PostgresClusters;
  readonly #passwords: Readonly<Record<string, string>>;
  readonly #region: string;

  constructor({ directory, keyDirectory, durable, region }: LocalDatabasesOptions) {
    mkdirSync(directory, { recursive: true });
    this.#passwords = JSON.parse(readFileSync(join(keyDirectory, "database.passwords.json"), "utf8"));
    this.#clusters = new PostgresClusters({ directory, passwords: this.#passwords, durable, fresh: true });
    this.#region = region;
    const passwordFile = join(directory, "passwords");
    // The functions' roles only: neither the superuser nor the admin is for a function.
    const roles = Object.entries(this.#passwords).filter(([role]) => /_(api|migrator|auditor)$/.test(role));
    const lines = roles.map(([role, password]) => `*:*:*:${role}:${password}\n`);
    writeFileSync(passwordFile, lines.join(""), { mode: 0o600 });
    this.environment = { PGPASSFILE: passwordFile, PGSSLMODE: "disable" };
  }

  realisers(): readonly Realiser[] {
    const admin = new PostgresAdmin(this.#passwords);
    const inside = [
      postgresRole,
      postgresDatabase,
      postgresSchema,
      postgresGrant,
      postgresGrantRole,
      postgresDefaultPrivileges,
      postgresExtension,
    ];
    const clusters = [rdsCluster, rdsClusterInstance].map((make) => make(this.#clusters, this.#region));
    return [...clusters, ...inside.map((make) => make(admin))];
  }

  /** A connection of that role; the caller ends it. */
  async connect(
    role: string,
    { host, port, database }: { readonly host: string; readonly port: number; readonly database: string },
  ): Promise<pg.Client> {
    const password = this.#passwords[role];
    if (password === undefined) throw new Error(`no local password for the role ${role}`);
    const client = new pg.Client({ host, port, database, user: role, password });
    await client.connect();
    return client;
  }

  /** Keeps the data of all servers as they are now. Every connection is cut. */
  async keep(): Promise<void> {
    await this.#clusters.keep();
  }

  /** The data of all servers are again as they were kept. Every connection is cut. */
  async restore(): Promise<void> {
    await this.#clusters.restore();
  }

  /** Stops the servers and removes their data. */
  async close(): Promise<void> {
    await this.#clusters.removeAll();
  }
}
