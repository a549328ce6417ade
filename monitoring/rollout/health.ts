import type { LiveView } from "./live-view.ts";

const patienceMilliseconds = 3000;

/** What the service says that it serves; null where it does not know, or does not answer. */
export async function healthOf(
  apiUrl: string,
  fetch: typeof globalThis.fetch = globalThis.fetch,
): Promise<Pick<LiveView, "percent" | "cap" | "code">> {
  const known = (value: unknown) => (typeof value === "number" ? value : null);
  try {
    const answer = await fetch(`${apiUrl}/v1/health`, { signal: AbortSignal.timeout(patienceMilliseconds) });
    const { percent, cap } = (await answer.json()) as { percent?: unknown; cap?: unknown };
    return { percent: known(percent), cap: known(cap), code: answer.headers.get("x-part-lens-code") };
  } catch {
    return { percent: null, cap: null, code: null };
  }
}
