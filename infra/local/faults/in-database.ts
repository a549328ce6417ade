import type { LocalStack } from "../local-stack.ts";
import { serviceOutputs, type TenantPlace } from "../stack-outputs.ts";

/** Runs the statements in the first tenant's database, as somebody who may do everything. */
export async function inFirstTenant(stack: LocalStack, statements: readonly string[]): Promise<void> {
  await asSuperuser(stack, firstTenant(stack), statements);
}

/** Throws when the fleet has no tenant. */
export function firstTenant(stack: LocalStack): TenantPlace {
  const [tenant] = serviceOutputs(stack.outputs("service")).fleet.tenants;
  if (!tenant) throw new Error("the fleet has no tenant");
  return tenant;
}

/** `place`: with another database's name for what cannot be done from inside. */
export async function asSuperuser(
  stack: LocalStack,
  place: Pick<TenantPlace, "host" | "port" | "database">,
  statements: readonly string[],
): Promise<void> {
  const client = await stack.databases.connect("postgres", place);
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}
