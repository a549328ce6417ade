import type pg from "pg";
import type { Properties, Realised, Realiser, Wanted } from "../realiser.ts";
import { asMember, identifier, type PostgresAdmin, text } from "../services/postgres-admin.ts";

/** On RDS the update would succeed, and change nothing. */
export class GrantWithoutEffect extends Error {
  override readonly name = "GrantWithoutEffect";

  constructor(admin: string, database: string, owner: string) {
    super(`a grant by ${admin} on the database ${database} has no effect: it belongs to ${owner}`);
  }
}

/** How SQL names what is granted on; with `objects` the single ones, else all in the schema. */
const plurals = {
  table: "tables",
  sequence: "sequences",
  function: "functions",
  procedure: "procedures",
  routine: "routines",
} as const;

const privilegeName = /^[a-z ]+$/i;

export function privilegeList(privileges: unknown): string {
  const names = (privileges ?? []) as string[];
  const wrong = names.find((name) => !privilegeName.test(name));
  if (wrong !== undefined) throw new Error(`"${wrong}" is no privilege`);
  return names.join(", ");
}

/** `public` is everybody, and no name of a role. */
export function grantee(role: string): string {
  return role.toLowerCase() === "public" ? "public" : identifier(role);
}

function objectText(inputs: Properties): string {
  const kind = text(inputs, "objectType");
  const objects = (inputs.objects as string[] | undefined) ?? [];
  if (inputs.columns !== undefined)
    throw new Error("grants on columns are not supported here, write them in SQL");
  if (kind === "database") return `database ${identifier(text(inputs, "database"))}`;
  const schema = identifier(text(inputs, "schema"));
  if (kind === "schema") return `schema ${schema}`;
  if (!Object.hasOwn(plurals, kind)) throw new Error(`grants on a ${kind} are not supported here`);
  if (objects.length === 0) return `all ${plurals[kind as keyof typeof plurals]} in schema ${schema}`;
  return `${kind} ${objects.map((name) => `${schema}.${identifier(name)}`).join(", ")}`;
}

/**
 * Whom the admin becomes for a moment, since only owners may give and take: the owners of schemas. Not of the database:
 * the provider leaves that to who it signs in as.
 */
async function lenders(client: pg.Client, inputs: Properties): Promise<string[]> {
  if (inputs.objectType === "database") return [];
  const { rows } = await client.query(
    `select distinct pg_get_userbyid(nspowner) as owner from pg_namespace
       where nspname !~ '^pg_|^information_schema$|^public$'`,
  );
  return rows.map((row) => row.owner);
}

/** To who does not own the database PostgreSQL says no more than a warning, and its grants change nothing. */
async function mustOwn(client: pg.Client, inputs: Properties): Promise<void> {
  if (inputs.objectType !== "database") return;
  const { rows } = await client.query(
    `select pg_get_userbyid(datdba) as owner, current_user as admin,
        pg_has_role(current_user, datdba, 'usage') as may from pg_database where datname = $1`,
    [inputs.database],
  );
  if (rows[0] && !rows[0].may)
    throw new GrantWithoutEffect(rows[0].admin, String(inputs.database), rows[0].owner);
}

async function give(client: pg.Client, inputs: Properties, privileges: string): Promise<void> {
  const on = objectText(inputs);
  const role = grantee(text(inputs, "role"));
  const option = inputs.withGrantOption === true ? " with grant option" : "";
  await asMember(client, await lenders(client, inputs), async () => {
    await client.query("begin");
    try {
      await client.query(`revoke all privileges on ${on} from ${role}`);
      if (privileges !== "") await client.query(`grant ${privileges} on ${on} to ${role}${option}`);
      await client.query("commit");
    } catch (error) {
      await client.query("rollback");
      throw error;
    }
  });
}

function idOf(inputs: Properties): string {
  const objects = (inputs.objects as string[] | undefined) ?? [];
  return [inputs.role, inputs.database, inputs.schema, inputs.objectType, ...objects]
    .filter(Boolean)
    .join("_");
}

/** A role's privileges on one kind of object: exactly these, the others are taken. */
export function postgresGrant(admin: PostgresAdmin): Realiser {
  const make = async ({ inputs, provider }: Wanted) => {
    const privileges = privilegeList(inputs.privileges);
    await admin.run(provider, text(inputs, "database"), async (client) => {
      await mustOwn(client, inputs);
      await give(client, inputs, privileges);
    });
    return { ...inputs, id: idOf(inputs) };
  };
  return {
    types: ["postgresql:index/grant:Grant"],
    replaceOn: ["role", "database", "schema", "objectType", "objects"],
    create: make,
    update: make,
    delete: ({ inputs, provider }: Realised) =>
      admin.runIfThere(provider, text(inputs, "database"), (client) => give(client, inputs, "")),
  };
}
