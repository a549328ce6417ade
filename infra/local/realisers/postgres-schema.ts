import type pg from "pg";
import type { Realised, Realiser, Wanted } from "../realiser.ts";
import { asMember, identifier, type PostgresAdmin, text } from "../services/postgres-admin.ts";

async function ownersOf(client: pg.Client, schema: string): Promise<{ database: string; schema?: string }> {
  const { rows } = await client.query(
    `select pg_get_userbyid(datdba) as database,
        (select pg_get_userbyid(nspowner) from pg_namespace where nspname = $1) as schema
       from pg_database where datname = current_database()`,
    [schema],
  );
  return { database: rows[0].database, ...(rows[0].schema && { schema: rows[0].schema }) };
}

/** A schema in a database. Its policies are not supported: what roles may do is said by grants and in SQL. */
export function postgresSchema(admin: PostgresAdmin): Realiser {
  const make = ({ inputs, provider }: Wanted) =>
    admin.run(provider, inputs.database as string | undefined, async (client) => {
      if (inputs.policies !== undefined) throw new Error("schema policies are not supported here, use Grant");
      const name = text(inputs, "name");
      const owner = String(inputs.owner ?? provider?.username);
      const current = await ownersOf(client, name);
      if (current.schema !== undefined && inputs.ifNotExists === false)
        throw new Error(`schema ${name} exists`);
      await asMember(client, [owner, ...Object.values(current)], async () => {
        if (current.schema === undefined) {
          await client.query(`create schema ${identifier(name)} authorization ${identifier(owner)}`);
        } else if (current.schema !== owner) {
          await client.query(`alter schema ${identifier(name)} owner to ${identifier(owner)}`);
        }
      });
      return { ...inputs, id: `${inputs.database ?? provider?.database}.${name}`, name, owner };
    });
  const remove = ({ outputs, inputs, provider }: Realised) =>
    admin.runIfThere(provider, inputs.database as string | undefined, async (client) => {
      const name = String(outputs.name);
      const cascade = inputs.dropCascade === true ? "cascade" : "restrict";
      await asMember(client, Object.values(await ownersOf(client, name)), () =>
        client.query(`drop schema if exists ${identifier(name)} ${cascade}`),
      );
    });
  return {
    types: ["postgresql:index/schema:Schema"],
    replaceOn: ["name", "database"],
    create: make,
    update: make,
    delete: remove,
  };
}
