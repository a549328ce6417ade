/** Aurora's PostgreSQL. Its major is the embedded server's too, or the rehearsal would prove another database. */
export const engineVersion = "17.5";

export const engineMajor = Number(engineVersion.split(".")[0]);

/** Statements slower than this are logged, in milliseconds. */
export const slowStatementMilliseconds = 500;

/** Counts the calls of each statement and the time they took; it has to be loaded with the server. */
export const statementsExtension = "pg_stat_statements";

/** Its parameters. A statement is kept without its values, but for those that define something: they are not counted. */
export const statementParameters = {
  shared_preload_libraries: statementsExtension,
  "pg_stat_statements.track_utility": "off",
} as const satisfies Record<string, string>;

/** The cluster's first user, who makes roles and databases and is no superuser. */
export const adminRole = "part_lens_admin";

/** Of a cluster's connections, the share that a proxy in front of it may take; the rest is for MASTER, migrator and jobs. */
export const proxyConnectionsPercent = 90;

/**
 * How many connections a cluster takes. Aurora derives it from the largest capacity, about 189 a unit, at most 5000,
 * and 2000 for clusters that may shrink below one unit. Source: Aurora Serverless v2, "Maximum connections".
 */
export function maxConnections(minCapacity: number, maxCapacity: number): number {
  return Math.min(minCapacity < 1 ? 2000 : 5000, Math.floor(maxCapacity * 189));
}
