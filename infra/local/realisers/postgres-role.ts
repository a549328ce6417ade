import pg from "pg";
import type { Properties, Realised, Realiser, Wanted } from "../realiser.ts";
import { asMember, identifier, type PostgresAdmin, text } from "../services/postgres-admin.ts";

/** Inputs that are attributes of a role: column of pg_roles, and the word that gives it. "no" before it takes it. */
const attributes = {
  login: { column: "rolcanlogin", word: "login", initially: false },
  superuser: { column: "rolsuper", word: "superuser", initially: false },
  createDatabase: { column: "rolcreatedb", word: "createdb", initially: false },
  createRole: { column: "rolcreaterole", word: "createrole", initially: false },
  inherit: { column: "rolinherit", word: "inherit", initially: true },
  replication: { column: "rolreplication", word: "replication", initially: false },
  bypassRowLevelSecurity: { column: "rolbypassrls", word: "bypassrls", initially: false },
} as const;

/** Settings that the role brings into its sessions; milliseconds, 0 is none. */
const settings = {
  statementTimeout: "statement_timeout",
  idleInTransactionSessionTimeout: "idle_in_transaction_session_timeout",
} as const;

type Row = Record<string, unknown> | undefined;

/** Only what differs: an admin who is no superuser may not even repeat `nosuperuser`. */
function attributeClauses(inputs: Properties, current: Row): string[] {
  return Object.entries(attributes).flatMap(([input, { column, word, initially }]) => {
    const wanted = Boolean(inputs[input] ?? initially);
    if (wanted === Boolean(current?.[column] ?? initially)) return [];
    return [wanted ? word : `no${word}`];
  });
}

function clauses(inputs: Properties, current: Row, password: string | undefined): string {
  const limit =
    inputs.connectionLimit === undefined ? [] : [`connection limit ${Number(inputs.connectionLimit)}`];
  // The provider's own default, written out as it does.
  const until = [`valid until ${pg.escapeLiteral(String(inputs.validUntil ?? "infinity"))}`];
  const secret = password === undefined ? [] : [`password ${pg.escapeLiteral(password)}`];
  return [...attributeClauses(inputs, current), ...limit, ...until, ...secret].join(" ");
}

async function setSettings(client: pg.Client, role: string, inputs: Properties): Promise<void> {
  for (const [input, setting] of Object.entries(settings)) {
    const value = Number(inputs[input] ?? 0);
    const what = value > 0 ? `set ${setting} = ${Math.trunc(value)}` : `reset ${setting}`;
    await client.query(`alter role ${identifier(role)} ${what}`);
  }
  const paths = (inputs.searchPaths as string[] | undefined) ?? [];
  const path =
    paths.length > 0 ? `set search_path = ${paths.map(identifier).join(", ")}` : "reset search_path";
  await client.query(`alter role ${identifier(role)} ${path}`);
}

async function setMemberships(client: pg.Client, role: string, wanted: readonly string[]): Promise<void> {
  const { rows } = await client.query(
    `select granted.rolname from pg_auth_members member
       join pg_roles granted on granted.oid = member.roleid
       join pg_roles holder on holder.oid = member.member
       where holder.rolname = $1`,
    [role],
  );
  const current: string[] = rows.map((row) => row.rolname);
  for (const name of wanted) {
    if (!current.includes(name)) await client.query(`grant ${identifier(name)} to ${identifier(role)}`);
  }
  for (const name of current) {
    if (!wanted.includes(name)) await client.query(`revoke ${identifier(name)} from ${identifier(role)}`);
  }
}

/** A role, made by the cluster's admin. One that signs in gets a local password: on AWS it uses IAM. */
export function postgresRole(admin: PostgresAdmin): Realiser {
  const make = ({ inputs, provider }: Wanted) =>
    admin.run(provider, undefined, async (client) => {
      const name = text(inputs, "name");
      const { rows } = await client.query("select * from pg_roles where rolname = $1", [name]);
      const password = inputs.login ? admin.passwordOf(name) : undefined;
      const rest = clauses(inputs, rows[0], password);
      const verb = rows[0] ? "alter" : "create";
      await client.query(`${verb} role ${identifier(name)} with ${rest}`);
      await setSettings(client, name, inputs);
      await setMemberships(client, name, (inputs.roles as string[] | undefined) ?? []);
      return { ...inputs, id: name, name };
    });
  const remove = ({ outputs, provider }: Realised) =>
    admin.run(provider, undefined, async (client) => {
      const name = String(outputs.id);
      const { rowCount } = await client.query("select from pg_roles where rolname = $1", [name]);
      if (rowCount === 0) return;
      await asMember(client, [name], async () => {
        await client.query(`reassign owned by ${identifier(name)} to current_user`);
        await client.query(`drop owned by ${identifier(name)}`);
      });
      await client.query(`drop role ${identifier(name)}`);
    });
  return {
    types: ["postgresql:index/role:Role"],
    replaceOn: ["name"],
    create: make,
    update: make,
    delete: remove,
  };
}
