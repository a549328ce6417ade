/**
 * Where an import goes. PGDATABASE names the tenant's database itself, by PostgreSQL's own variables; otherwise
 * MASTER is asked where the yacht's rows are, and whether there is such a yacht.
 */
import pg from "pg";
import { connection, type DatabaseTarget } from "../database/connection.ts";

/** The import cannot be done; the message says why and what to do, and nothing was written. */
export class ImportImpossible extends Error {
  override readonly name = "ImportImpossible";
}

export interface Place {
  /** Connected to the yacht's tenant database. */
  readonly client: pg.Client;
  /** `name of the database at host:port`, for people. */
  readonly text: string;
  /** The yacht's name; undefined when MASTER was not asked. */
  readonly yacht: string | undefined;
}

type Variables = Readonly<Record<string, string | undefined>>;

const migrator = "part_lens_migrator";

/** Undefined when the variables name no database at all. Throws ImportImpossible. The caller ends the client. */
export async function placeOf(yachtId: string, variables: Variables): Promise<Place | undefined> {
  if (variables.PGDATABASE) {
    const client = await connected(new pg.Client(named(variables.PGDATABASE, variables)));
    return { client, text: `${client.database} at ${client.host}:${client.port}`, yacht: undefined };
  }
  const master = masterOf(variables);
  if (!master) return undefined;
  const home = await homeOf(yachtId, master, variables);
  const client = await connected(new pg.Client(connection(home, userOf(variables), variables)));
  return { client, text: `${home.database} at ${home.host}:${home.port}`, yacht: home.name };
}

function named(database: string, variables: Variables): pg.ClientConfig {
  const { PGHOST: host = "localhost", PGPORT = "5432", PGPASSWORD: password } = variables;
  const target = { host, port: portOf("PGPORT", PGPORT), database };
  return { ...connection(target, userOf(variables), variables), ...(password && { password }) };
}

function portOf(name: string, text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1) throw new ImportImpossible(`${name} must be a port number`);
  return port;
}

function userOf({ PGUSER }: Variables): string {
  return PGUSER ?? migrator;
}

function masterOf({ MASTER_HOST, MASTER_PORT, MASTER_DATABASE }: Variables): DatabaseTarget | undefined {
  if (!MASTER_HOST) return undefined;
  const port = portOf("MASTER_PORT", MASTER_PORT ?? "5432");
  return { host: MASTER_HOST, port, database: MASTER_DATABASE ?? "part_lens_master" };
}

async function homeOf(yachtId: string, master: DatabaseTarget, variables: Variables) {
  const client = await connected(new pg.Client(connection(master, userOf(variables), variables)));
  try {
    const { rows } = await client.query<{ home: (DatabaseTarget & { readonly name: string }) | null }>(
      "select part_lens.yacht_home($1) as home",
      [yachtId],
    );
    const home = rows[0]?.home;
    if (!home)
      throw new ImportImpossible(`MASTER knows no yacht ${yachtId}; the stack's config names the yachts`);
    return home;
  } catch (error) {
    if (error instanceof ImportImpossible) throw error;
    throw new ImportImpossible(`MASTER could not be asked for the yacht: ${messageOf(error)}`, {
      cause: error,
    });
  } finally {
    await client.end();
  }
}

const refusals: Readonly<Record<string, string>> = {
  "3D000": "there is no such database",
  "28P01": "the password was not accepted",
  "28000": "the user may not sign in",
  "42501": "the user may not connect",
};

async function connected(client: pg.Client): Promise<pg.Client> {
  // A connection that breaks later is told by its query.
  client.on("error", () => {});
  try {
    await client.connect();
    return client;
  } catch (error) {
    const { code = "" } = error as { code?: string };
    const why = refusals[code] ?? `it is not reachable (${code || messageOf(error)})`;
    const where = `${client.database} at ${client.host}:${client.port} as ${client.user}`;
    throw new ImportImpossible(`the database ${where}: ${why}`, { cause: error });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
