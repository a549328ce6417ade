import { type Caller, sendSigned } from "./signed-call.ts";

/** An alias of a function, and the published version that it shall stand for. */
export interface AliasUpdate {
  readonly functionName: string;
  readonly alias: string;
  readonly version: number;
}

/** Lambda refused or failed. */
export class AliasRefusedError extends Error {
  override readonly name = "AliasRefusedError";
  readonly status: number;

  constructor(alias: string, status: number, text: string) {
    super(`Lambda answered ${status} for the alias ${alias}: ${text}`);
    this.status = status;
  }

  /** Throttled, broken there, or changed by somebody at this moment: the same call may succeed a moment later. */
  get mayPass(): boolean {
    return this.status === 409 || this.status === 429 || this.status >= 500;
  }
}

/** Lambda's UpdateAlias; resolves with the number of the version then. Throws AliasRefusedError. */
export async function updateAlias(
  { functionName, alias, version }: AliasUpdate,
  caller: Caller,
): Promise<number> {
  const path = `/2015-03-31/functions/${functionName}/aliases/${alias}`;
  const call = { service: "lambda", method: "PUT", path, body: { FunctionVersion: `${version}` } } as const;
  const answer = await sendSigned(call, caller);
  const text = await answer.text();
  if (!answer.ok) throw new AliasRefusedError(alias, answer.status, text);
  return Number((JSON.parse(text) as { FunctionVersion?: unknown }).FunctionVersion);
}
