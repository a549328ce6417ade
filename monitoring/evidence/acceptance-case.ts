import type { UserName } from "./identities.ts";
import type { World } from "./world.ts";

export interface AcceptanceRequest {
  readonly method: "GET" | "POST" | "DELETE";
  readonly path: string;
  /** Sent as JSON; text is sent as it is. */
  readonly body?: unknown;
  /** Default application/json. */
  readonly contentType?: string;
}

export interface Answer {
  readonly status: number;
  /** Parsed when it is JSON, else its text. */
  readonly body: unknown;
  readonly requestId: string | null;
  /** What produced the answer, by its headers. */
  readonly stamps: Readonly<Record<"code" | "stage" | "flags" | "version", string | null>>;
}

/** One request and the answer that the contract says. */
export interface AcceptanceCase {
  readonly name: string;
  /** nobody: no token; impostor: one that nobody has signed. */
  readonly as: UserName | "nobody" | "impostor";
  readonly request: (world: World) => AcceptanceRequest | Promise<AcceptanceRequest>;
  readonly expected: { readonly status: number; readonly code?: string };
  /** What else is wrong with the answer, if anything. */
  readonly check?: (answer: Answer, world: World) => string | undefined;
}

/** A case as it went. Secrets in it are replaced. */
export interface CaseRecord {
  readonly name: string;
  readonly as: AcceptanceCase["as"];
  readonly request: AcceptanceRequest & { readonly authorization: string | null };
  readonly expected: AcceptanceCase["expected"];
  readonly answer: Answer | null;
  /** ISO 8601. */
  readonly at: string;
  readonly milliseconds: number;
  readonly passed: boolean;
  readonly problems: readonly string[];
}

/** A field of a JSON body, or undefined. */
export function field(body: unknown, ...path: readonly string[]): unknown {
  let value = body;
  for (const name of path) {
    value =
      value !== null && typeof value === "object" ? (value as Record<string, unknown>)[name] : undefined;
  }
  return value;
}
