import pLimit, { type LimitFunction } from "p-limit";
import pg from "pg";
import type { Properties } from "../realiser.ts";

/** The provider's connection is one that a managed cluster would refuse. */
export class PostgresSignInError extends Error {
  override readonly name = "PostgresSignInError";
}

const iamRole = "rds_iam";
const noSuchDatabase = "3D000";

/** A quoted identifier. */
export const identifier = (name: string) => pg.escapeIdentifier(name);

/** The text of an input that must be there. */
export function text(inputs: Properties, key: string): string {
  const value = inputs[key];
  if (typeof value !== "string" || value === "") throw new Error(`input ${key} is missing`);
  return value;
}

/** Does the work of the PostgreSQL provider: statements on a cluster as its admin, who is no superuser. */
export class PostgresAdmin {
  readonly #passwords: Readonly<Record<string, string>>;
  /** Memberships and grants made at the same time on one cluster fail with "tuple concurrently updated". */
  readonly #queues = new Map<string, LimitFunction>();

  constructor(passwords: Readonly<Record<string, string>>) {
    this.#passwords = passwords;
  }

  /** The local password of a role that signs in by IAM on AWS. */
  passwordOf(role: string): string {
    const password = this.#passwords[role];
    if (password === undefined) throw new Error(`no local password for role ${role}`);
    return password;
  }

  /** The same for a deletion: nothing is left to do in a database that is gone. */
  async runIfThere(
    provider: Properties | undefined,
    database: string | undefined,
    task: (client: pg.Client) => Promise<unknown>,
  ): Promise<void> {
    try {
      await this.run(provider, database, task);
    } catch (error) {
      if ((error as { code?: string }).code !== noSuchDatabase) throw error;
    }
  }

  /**
   * Connects as the provider does, to its own database or the one given, and runs the task; one at a time a cluster.
   * Throws PostgresSignInError when RDS would refuse the connection.
   */
  run<Result>(
    provider: Properties | undefined,
    database: string | undefined,
    task: (client: pg.Client) => Promise<Result>,
  ): Promise<Result> {
    if (!provider) throw new Error("a PostgreSQL resource must name its provider");
    const host = text(provider, "host");
    const port = Number(provider.port ?? 5432);
    const user = text(provider, "username");
    const key = `${host}:${port}`;
    const queue = this.#queues.get(key) ?? pLimit(1);
    this.#queues.set(key, queue);
    return queue(async () => {
      const client = new pg.Client({
        host,
        port,
        user,
        password: this.passwordOf(user),
        database: database ?? String(provider.database ?? "postgres"),
      });
      client.on("error", () => {});
      await client.connect();
      try {
        await refuseWhatRdsRefuses(client, provider);
        return await task(client);
      } finally {
        await client.end();
      }
    });
  }
}

/** On RDS a member of rds_iam can no longer sign in with a password, not even the admin. */
async function refuseWhatRdsRefuses(client: pg.Client, provider: Properties): Promise<void> {
  if (provider.awsRdsIamAuth === true || provider.awsRdsIamAuth === "true") return;
  const { rows } = await client.query(`select pg_has_role(current_user, $1, 'member') as member`, [iamRole]);
  if (!rows[0]?.member) return;
  throw new PostgresSignInError(
    `${String(provider.username)} is a member of ${iamRole}: RDS refuses its password, the provider needs awsRdsIamAuth`,
  );
}

/**
 * Runs the task as a member of these roles. Who makes a role may make itself a member, and only members may make
 * or change what belongs to a role; afterwards the admin is none again.
 */
export async function asMember<Result>(
  client: pg.Client,
  roles: readonly string[],
  task: () => Promise<Result>,
): Promise<Result> {
  const { rows } = await client.query(
    `select distinct rolname from pg_roles where rolname = any($1) and rolname <> current_user
      and not (pg_has_role(current_user, oid, 'usage') and pg_has_role(current_user, oid, 'set'))`,
    [roles],
  );
  const lent: string[] = rows.map((row) => identifier(row.rolname));
  for (const role of lent) await client.query(`grant ${role} to current_user with set true, inherit true`);
  try {
    return await task();
  } finally {
    for (const role of lent) await client.query(`revoke ${role} from current_user granted by current_user`);
  }
}
