import { attempt } from "./attempt.ts";
import { countText } from "./count-text.ts";

/** Where v1 is asked, and how many tenants it must read. */
export interface ProofTarget {
  readonly apiUrl: string;
  readonly tenants: number;
}

export interface Proving {
  readonly fetch: typeof globalThis.fetch;
  /** Between two tries. */
  readonly pauseMilliseconds: number;
}

/** One request after another, so that each may meet another environment of the function. */
const provingRequests = 3;
const tries = 5;
const patienceMilliseconds = 3000;

/**
 * What can be asked without a user: v1's health goes the way of every request, HTTP API, alias, function, and reads
 * MASTER and every tenant through v1's own function. Not proven by it: signing in, and rows that only a member sees.
 * Rejects when v1 does not answer, or has not read them all, several times over.
 */
export function proveV1(target: ProofTarget, proving: Proving): Promise<string> {
  return attempt(tries, proving.pauseMilliseconds, () => prove(target, proving));
}

async function prove({ apiUrl, tenants: wanted }: ProofTarget, { fetch }: Proving): Promise<string> {
  for (let request = 0; request < provingRequests; request++) {
    const { status, body } = await v1Health(apiUrl, fetch);
    const { version, tenants } = body as { version?: unknown; tenants?: unknown };
    if (status !== 200 || version !== "v1") throw new Error(`v1 answered ${status} ${JSON.stringify(body)}`);
    if (!(Number(tenants) >= wanted)) throw new Error(`v1 read ${tenants} of ${countText(wanted, "tenant")}`);
  }
  return `v1 answered ${provingRequests} times, each time after it had read MASTER and ${countText(wanted, "tenant")}`;
}

/** What v1's health says. Rejects when nothing answers, or no object. */
export async function v1Health(
  apiUrl: string,
  fetch: typeof globalThis.fetch,
): Promise<{ readonly status: number; readonly body: object }> {
  const answer = await fetch(`${apiUrl}/v1/health`, { signal: AbortSignal.timeout(patienceMilliseconds) });
  const body: unknown = await answer.json();
  if (typeof body !== "object" || body === null)
    throw new Error(`v1 answered ${answer.status} without an object`);
  return { status: answer.status, body };
}
