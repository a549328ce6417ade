import { z } from "zod";
import type { DatabaseFindings } from "../database-checks.ts";

const finding = z.object({ count: z.number(), examined: z.number() });

/** What only somebody inside the network can tell: how the databases stand, and what the checks count in them. */
export const serviceChecks = z.object({
  databases: z.array(
    z.object({
      database: z.string(),
      /** At the SQL of the build that looks. */
      migrated: z.boolean(),
      /** The sections of the catalogue that are no longer as the migrator left them. */
      drifted: z.array(z.string()),
    }),
  ),
  findings: z.record(z.string(), finding).transform((all) => all as unknown as DatabaseFindings),
});

export type ServiceChecks = z.infer<typeof serviceChecks>;
export type DatabaseCheck = ServiceChecks["databases"][number];

/** The databases as they were found, or why nobody could look: then nothing holds. */
export type DatabasesSeen = { readonly databases: readonly DatabaseCheck[] } | { readonly unseen: string };

/** Why the databases' SQL lets nothing rise; undefined where it does. */
export function migrationText(seen: DatabasesSeen): string | undefined {
  if ("unseen" in seen) return `the databases could not be looked at: ${seen.unseen}`;
  if (seen.databases.length === 0) return "no database was looked at";
  const behind = seen.databases.filter(({ migrated }) => !migrated).map(({ database }) => database);
  if (behind.length === 0) return undefined;
  return `${behind.join(", ")} is not at the SQL of this build: update the service layer, which migrates it`;
}

/** Why grants, policies or views let nothing rise; undefined where they do. */
export function catalogueText(seen: DatabasesSeen): string | undefined {
  if ("unseen" in seen) return `the catalogue could not be looked at: ${seen.unseen}`;
  const drifted = seen.databases.filter((one) => one.drifted.length > 0);
  if (drifted.length === 0) return undefined;
  const list = drifted.map(({ database, drifted: sections }) => `${database} (${sections.join(", ")})`);
  return (
    `somebody has changed what the migrator left in ${list.join(", ")}: find out who and why; ` +
    "the SQL files are the only place where it may change"
  );
}
