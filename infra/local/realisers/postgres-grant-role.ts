import type { Realised, Realiser, Wanted } from "../realiser.ts";
import { identifier, type PostgresAdmin, text } from "../services/postgres-admin.ts";

/** The membership of `role` in `grantRole`. */
export function postgresGrantRole(admin: PostgresAdmin): Realiser {
  const make = ({ inputs, provider }: Wanted) =>
    admin.run(provider, undefined, async (client) => {
      const role = text(inputs, "role");
      const granted = text(inputs, "grantRole");
      const option = inputs.withAdminOption === true;
      await client.query(`grant ${identifier(granted)} to ${identifier(role)} with admin ${option}`);
      return { ...inputs, id: `${role}_${granted}_${option}` };
    });
  const remove = ({ inputs, provider }: Realised) =>
    admin.run(provider, undefined, async (client) => {
      const role = text(inputs, "role");
      await client.query(`revoke ${identifier(text(inputs, "grantRole"))} from ${identifier(role)}`);
    });
  return {
    types: ["postgresql:index/grantRole:GrantRole"],
    replaceOn: ["role", "grantRole"],
    create: make,
    update: make,
    delete: remove,
  };
}
