import pg from "pg";
import type { Properties, Realised, Realiser, Wanted } from "../realiser.ts";
import { asMember, identifier, type PostgresAdmin, text } from "../services/postgres-admin.ts";

/** The provider's own defaults: template0, collation and character classes of C. */
function createStatement(name: string, inputs: Properties): string {
  const literal = (key: string, initially: string) => pg.escapeLiteral(String(inputs[key] ?? initially));
  return [
    `create database ${identifier(name)}`,
    `template ${identifier(String(inputs.template ?? "template0"))}`,
    `encoding ${literal("encoding", "UTF8")} locale_provider libc`,
    `lc_collate ${literal("lcCollate", "C")} lc_ctype ${literal("lcCtype", "C")}`,
    ...(inputs.owner === undefined ? [] : [`owner ${identifier(String(inputs.owner))}`]),
  ].join(" ");
}

async function ownerOf(client: pg.Client, database: string): Promise<string | undefined> {
  const found = "select pg_get_userbyid(datdba) as owner from pg_database where datname = $1";
  const { rows } = await client.query(found, [database]);
  return rows[0]?.owner;
}

/** A database; its owner is a role that the admin becomes for a moment. */
export function postgresDatabase(admin: PostgresAdmin): Realiser {
  const make = ({ inputs, provider }: Wanted) =>
    admin.run(provider, undefined, async (client) => {
      const name = text(inputs, "name");
      const current = await ownerOf(client, name);
      const owner = String(inputs.owner ?? provider?.username);
      const alter = (what: string) => client.query(`alter database ${identifier(name)} ${what}`);
      await asMember(client, [owner, ...(current ? [current] : [])], async () => {
        if (current === undefined) await client.query(createStatement(name, inputs));
        else if (current !== owner) await alter(`owner to ${identifier(owner)}`);
        await alter(`with allow_connections ${inputs.allowConnections !== false}`);
        await alter(`with connection limit ${Number(inputs.connectionLimit ?? -1)}`);
        await alter(`with is_template ${inputs.isTemplate === true}`);
      });
      return { ...inputs, id: name, name, owner };
    });
  const remove = ({ outputs, provider }: Realised) =>
    admin.run(provider, undefined, async (client) => {
      const name = String(outputs.id);
      const owner = await ownerOf(client, name);
      if (owner === undefined) return;
      await asMember(client, [owner], async () => {
        await client.query(`alter database ${identifier(name)} with is_template false`);
        await client.query(`drop database ${identifier(name)} with (force)`);
      });
    });
  return {
    types: ["postgresql:index/database:Database"],
    replaceOn: ["name", "encoding", "lcCollate", "lcCtype", "template"],
    create: make,
    update: make,
    delete: remove,
  };
}
