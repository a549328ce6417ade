import { statementsExtension } from "../../database/engine.ts";
import type { Properties, Realised, Realiser, Wanted } from "../realiser.ts";
import { identifier, type PostgresAdmin, text } from "../services/postgres-admin.ts";

/** The extensions of RDS's list that are on this machine, too. */
const offered: readonly string[] = [statementsExtension];

/** RDS offers no such extension here. */
export class ExtensionNotOffered extends Error {
  override readonly name = "ExtensionNotOffered";
}

/**
 * An extension in a database. RDS lets its admin make those of a list, though PostgreSQL wants a superuser for them:
 * here the server's superuser makes them for the admin, and no others. Source: RDS, "Supported PostgreSQL extensions".
 */
export function postgresExtension(admin: PostgresAdmin): Realiser {
  const asSuperuser = (provider: Properties | undefined) => provider && { ...provider, username: "postgres" };
  const make = ({ inputs, provider }: Wanted) => {
    const name = text(inputs, "name");
    if (!offered.includes(name)) throw new ExtensionNotOffered(`the extension ${name} is not offered here`);
    const database = text(inputs, "database");
    return admin.run(asSuperuser(provider), database, async (client) => {
      await client.query(`create extension if not exists ${identifier(name)}`);
      const { rows } = await client.query(
        `select extversion as version, nspname as schema from pg_extension
          join pg_namespace space on space.oid = extnamespace where extname = $1`,
        [name],
      );
      return { ...inputs, ...rows[0], id: `${database}.${name}` };
    });
  };
  const remove = ({ inputs, provider }: Realised) =>
    admin.runIfThere(asSuperuser(provider), text(inputs, "database"), (client) =>
      client.query(`drop extension if exists ${identifier(text(inputs, "name"))}`),
    );
  return {
    types: ["postgresql:index/extension:Extension"],
    replaceOn: ["name", "database", "schema", "version"],
    create: make,
    delete: remove,
  };
}
