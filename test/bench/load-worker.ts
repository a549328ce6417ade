/** The part that both kinds of load share: ask on every connection, again and again, until the time is over. */
import type { LoadJob, LoadReply, LoadResult } from "./load-process.ts";

/** Asks once and waits for the answer. Throws when it is no success. */
export type Ask = () => Promise<void>;

export interface Connections {
  readonly asks: readonly Ask[];
  close(): Promise<void>;
}

/** Statements are prepared and code is compiled before the clock starts. */
const warmUpSeconds = 0.3;

function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

async function askUntil(ask: Ask, end: number, took: number[]): Promise<void> {
  for (let started = performance.now(); started < end; ) {
    await ask();
    const now = performance.now();
    took.push(now - started);
    started = now;
  }
}

async function load(asks: readonly Ask[], seconds: number): Promise<LoadResult> {
  const took: number[] = [];
  const started = performance.now();
  await Promise.all(asks.map((ask) => askUntil(ask, started + seconds * 1000, took)));
  const elapsed = (performance.now() - started) / 1000;
  took.sort((a, b) => a - b);
  return {
    perSecond: took.length / elapsed,
    calls: took.length,
    p50: percentile(took, 0.5),
    p95: percentile(took, 0.95),
  };
}

async function work(job: LoadJob, connect: (job: LoadJob) => Promise<Connections>): Promise<LoadResult> {
  const connections = await connect(job);
  try {
    const before = await load(connections.asks, Math.min(warmUpSeconds, job.seconds));
    const result = await load(connections.asks, job.seconds);
    return { ...result, calls: before.calls + result.calls };
  } finally {
    await connections.close();
  }
}

/** Does the jobs that the parent sends, until it lets go. */
export function serveJobs(connect: (job: LoadJob) => Promise<Connections>): void {
  const reply = (message: LoadReply) => process.send?.(message);
  process.on("message", (job: LoadJob) => {
    work(job, connect).then(reply, (error: unknown) =>
      reply({ failure: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
    );
  });
}
