/** What the function runtime and the child process of a function say to each other. */

/** Every message of ours has the key `host`; the others are for the modules preloaded into the child. */
export type ToChild =
  | { readonly host: "invoke"; readonly id: number; readonly event: unknown; readonly qualifier?: string }
  | {
      readonly host: "listen";
      readonly id: number;
      readonly port: number;
      readonly qualifier: string;
      readonly apiId: string;
    }
  | { readonly host: "drain"; readonly id: number; readonly port: number }
  | { readonly host: "flush"; readonly id: number };

export type FromChild =
  | { readonly host: "ready" }
  | {
      readonly host: "done";
      readonly id: number;
      readonly payload?: unknown;
      readonly functionError?: string;
    }
  /** HTTP requests answered since the last such message; `error`: the function itself failed. */
  | {
      readonly host: "served";
      readonly answers: readonly { readonly status: number; readonly error: boolean }[];
    }
  /** No connection is left on the port. */
  | { readonly host: "drained"; readonly port: number };

/** Printed by the child so that its reader knows that all lines before have been read. */
export function flushMark(id: number): string {
  return `\u0001flush ${id}`;
}

/** The environment variables that only the child's own script reads; it removes them before the bundle loads. */
export const childVariables = {
  handler: "PART_LENS_HOST_HANDLER",
  bundle: "PART_LENS_HOST_BUNDLE",
  timeout: "PART_LENS_HOST_TIMEOUT_MILLISECONDS",
  arn: "PART_LENS_HOST_ARN",
} as const;
