/**
 * The SQLSTATEs that mean something to us. Class PL is our own: the functions in sql/ raise them, and the message is
 * the error's code in the API's contract.
 * Source: domain.md, "Identity and roles" and "Actions".
 */
export const sqlState = {
  PL001: "part_not_found",
  /** DETAIL: {"available": n, "requested": n}. */
  PL002: "insufficient_stock",
  PL003: "deactivated_stock",
  /** DETAIL: the first result as JSON. */
  PL004: "duplicate_idempotency_key",
  PL005: "idempotency_key_reused",
  PL006: "same_location",
  /** A signed action reached the database without verified evidence: never a user's mistake. */
  PL007: "unsigned",
  /** Somebody tried to change the ledger or the audit log. */
  PL008: "append_only",
  /** The config gives a yacht to another tenant: that takes a move command. */
  PL009: "yacht_moved",
  PL010: "object_forbidden",
  PL011: "object_not_found",
  /** DETAIL: {"object_id", "state"} of the object that has the key. */
  PL012: "object_exists",
  /** The config places a tenant elsewhere, or a move is not where its mover believes: that takes the move command. */
  PL013: "tenant_moved",
} as const;

export type SqlState = keyof typeof sqlState;
export type SqlErrorName = (typeof sqlState)[SqlState];

/** Row level security or a missing privilege refused a statement. */
export const privilegeRefused = "42501";

/** A lock was not free in time. */
export const lockNotAvailable = "55P03";

/** A statement took longer than it may. */
export const queryCanceled = "57014";

/** A server did not accept the password or token, or has no such role. */
export const signInRefused = new Set(["28P01", "28000"]);

/** SQLSTATEs, classes (two letters) and socket errors that mean: the database is down, busy or out of reach. */
const downStates = new Set(["53300", "57P01", "57P02", "57P03", "57P05"]);
const downClasses = new Set(["08"]);
const downSockets = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EPIPE",
  "ETIMEDOUT",
]);
/** node-postgres gives no code to these. */
const downMessages =
  /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error)/;

/** What an error of node-postgres carries. */
export interface SqlFailure {
  readonly code?: string;
  readonly message: string;
  /** PostgreSQL's DETAIL. */
  readonly detail?: string;
}

/** The failure as far as it is one of a database or a socket. */
export function sqlFailure(error: unknown): SqlFailure | undefined {
  return error instanceof Error ? (error as Error & SqlFailure) : undefined;
}

/** Our own error's name, if the database raised one. */
export function sqlErrorName(error: unknown): SqlErrorName | undefined {
  const code = sqlFailure(error)?.code;
  return code !== undefined && Object.hasOwn(sqlState, code) ? sqlState[code as SqlState] : undefined;
}

/** Is the database down, full or out of reach? A wrong password is not: that is our mistake. */
export function isDatabaseDown(error: unknown): boolean {
  const failure = sqlFailure(error);
  if (!failure) return false;
  const code = failure.code ?? "";
  const known = downStates.has(code) || downSockets.has(code) || downClasses.has(code.slice(0, 2));
  return known || downMessages.test(failure.message);
}
