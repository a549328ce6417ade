import type pg from "pg";
import type { Properties, Realised, Realiser, Wanted } from "../realiser.ts";
import { asMember, identifier, type PostgresAdmin, text } from "../services/postgres-admin.ts";
import { grantee, privilegeList } from "./postgres-grant.ts";

const kinds = {
  table: "tables",
  sequence: "sequences",
  function: "functions",
  type: "types",
  schema: "schemas",
} as const;

async function set(client: pg.Client, inputs: Properties, privileges: string): Promise<void> {
  const kind = text(inputs, "objectType");
  if (!Object.hasOwn(kinds, kind)) throw new Error(`there are no default privileges of a ${kind}`);
  const owner = text(inputs, "owner");
  const where = inputs.schema ? ` in schema ${identifier(String(inputs.schema))}` : "";
  const start = `alter default privileges for role ${identifier(owner)}${where}`;
  const on = kinds[kind as keyof typeof kinds];
  const role = grantee(text(inputs, "role"));
  const option = inputs.withGrantOption === true ? " with grant option" : "";
  await asMember(client, [owner], async () => {
    await client.query(`${start} revoke all on ${on} from ${role}`);
    if (privileges !== "") await client.query(`${start} grant ${privileges} on ${on} to ${role}${option}`);
  });
}

/** What a role gets on every object that the owner makes from now on. */
export function postgresDefaultPrivileges(admin: PostgresAdmin): Realiser {
  const make = async ({ inputs, provider }: Wanted) => {
    const privileges = privilegeList(inputs.privileges);
    await admin.run(provider, text(inputs, "database"), (client) => set(client, inputs, privileges));
    const parts = [inputs.role, inputs.database, inputs.schema, inputs.owner, inputs.objectType];
    return { ...inputs, id: parts.filter(Boolean).join("_") };
  };
  return {
    types: ["postgresql:index/defaultPrivileges:DefaultPrivileges"],
    replaceOn: ["role", "database", "owner", "schema", "objectType"],
    create: make,
    update: make,
    delete: ({ inputs, provider }: Realised) =>
      admin.runIfThere(provider, text(inputs, "database"), (client) => set(client, inputs, "")),
  };
}
