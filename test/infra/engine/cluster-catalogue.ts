import pg from "pg";
import type { PostgresServer } from "../../../infra/local/services/postgres-server.ts";

const ours = "like 'part\\_lens\\_%'";

/** What is common to all databases of a cluster. Passwords are left out: on this machine they stand for IAM. */
const ofCluster = {
  roles: `select rolname, rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolcanlogin, rolreplication, rolbypassrls,
      rolconnlimit, rolvaliduntil::text, rolconfig from pg_roles where rolname ${ours} order by 1`,
  memberships: `select roleid::regrole::text as role, member::regrole::text, grantor::regrole::text, admin_option,
      inherit_option, set_option from pg_auth_members where member::regrole::text ${ours} order by 1, 2, 3`,
  // Not its locale's provider: that is of the server's own template, which RDS makes another way.
  databases: `select datname, datdba::regrole::text as owner, pg_encoding_to_char(encoding) as encoding, datcollate,
      datctype, datallowconn, datconnlimit, datistemplate, datacl::text[] as grants
      from pg_database where datname ${ours} order by 1`,
  settings: `select setdatabase, setrole::regrole::text as role, setconfig from pg_db_role_setting order by 2`,
} as const satisfies Record<string, string>;

const schemas = `select nspname, nspowner::regrole::text as owner, nspacl::text[] as grants
  from pg_namespace where nspname !~ '^pg_|^information_schema$' order by 1`;

/** Who is what and may what in a cluster, and in each database of ours, as PostgreSQL's own tables have it. */
export async function clusterCatalogue(server: PostgresServer): Promise<Record<string, object[]>> {
  const found: Record<string, object[]> = {};
  for (const [what, query] of Object.entries(ofCluster)) found[what] = await rowsOf(server, query);
  for (const { datname } of found.databases as { datname: string }[])
    found[`schemas of ${datname}`] = await rowsOf(server, schemas, datname);
  return found;
}

async function rowsOf(server: PostgresServer, query: string, database?: string): Promise<object[]> {
  const client = new pg.Client(server.superuser(database));
  await client.connect();
  try {
    return (await client.query(query)).rows;
  } finally {
    await client.end();
  }
}
