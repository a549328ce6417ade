import type { Version } from "../../../monitoring/metrics.ts";
import { slowMilliseconds } from "../../../monitoring/metrics.ts";
import { quantileOf } from "../../../monitoring/statistics/quantile.ts";
import type { ApiRequest } from "./api-request.ts";
import type { Answer } from "./driver.ts";

/** What the users of one version saw in a while. P95 and P99 in milliseconds, 0 without requests. */
export interface VersionView {
  readonly requests: number;
  /** 5xx, and requests without any answer. */
  readonly errors: number;
  readonly p95: number;
  readonly p99: number;
  readonly slow: number;
}

interface Seen {
  readonly version: Version;
  readonly at: number;
}

interface Tally {
  errors: number;
  slow: number;
  latencies: number[];
}

/** An answer that is wrong although nothing was broken on purpose. */
export interface Surprise {
  readonly request: string;
  readonly expected: readonly number[];
  readonly status: number;
  /** Of the error, or of the connection that broke. */
  readonly code: unknown;
}

const emptyTally = (): Tally => ({ errors: 0, slow: 0, latencies: [] });

/** What the driver sees from outside, as a yacht's crew would: versions, latencies, accepted work, wrong answers. */
export class Observations {
  readonly surprises: Surprise[] = [];
  /** Transaction ids that were answered with success, each once. */
  readonly accepted = new Set<string>();
  /** Mutations that may have been done although no success was answered: 5xx, or no answer. */
  readonly unanswered = new Set<string>();
  total = 0;
  /** Virtual time of the last answer that v2 gave. */
  lastOfV2 = 0;
  #minute: Record<Version, Tally> = { v1: emptyTally(), v2: emptyTally() };
  #seen = new Map<string, Seen>();

  /** `faulty`: something is broken on purpose, so no answer is a surprise. */
  add(request: ApiRequest, answer: Answer, at: number, faulty: boolean): void {
    this.total += 1;
    this.#count(answer);
    if (answer.version) this.#seen.set(request.yachtId, { version: answer.version, at });
    if (answer.version === "v2") this.lastOfV2 = Math.max(this.lastOfV2, at);
    this.#remember(request, answer);
    if (!faulty && !request.expected.includes(answer.status)) {
      this.surprises.push({
        request: `${request.method} ${request.path} ${request.kind} as ${request.role}`,
        expected: request.expected,
        status: answer.status,
        code: answer.body.code ?? answer.failure,
      });
    }
  }

  /** Share of those yachts, 0…1, whose last answer since that time came from v2. */
  shareOfYachts(yachtIds: readonly string[], since: number): number {
    const onV2 = yachtIds.filter((id) => {
      const seen = this.#seen.get(id);
      return seen !== undefined && seen.at >= since && seen.version === "v2";
    });
    return onV2.length / yachtIds.length;
  }

  /** How many of those yachts got an answer since that time. */
  heardOf(yachtIds: readonly string[], since: number): number {
    return yachtIds.filter((id) => (this.#seen.get(id)?.at ?? 0) >= since).length;
  }

  /** The minute's figures by version; the next minute starts empty. */
  takeMinute(): Record<Version, VersionView> {
    const { v1, v2 } = this.#minute;
    this.#minute = { v1: emptyTally(), v2: emptyTally() };
    return { v1: viewOf(v1), v2: viewOf(v2) };
  }

  #count({ version, status, milliseconds }: Answer): void {
    const tally = this.#minute[version ?? "v1"];
    tally.latencies.push(milliseconds);
    if (status === 0 || status >= 500) tally.errors += 1;
    if (milliseconds > slowMilliseconds) tally.slow += 1;
  }

  #remember({ id, body }: ApiRequest, { status, body: answer }: Answer): void {
    if (status === 200 && typeof answer.transaction_id === "string") this.accepted.add(answer.transaction_id);
    if (body?.idempotency_key && (status === 0 || status >= 500)) this.unanswered.add(id);
  }
}

function viewOf({ errors, slow, latencies }: Tally): VersionView {
  const quantile = (share: number) => quantileOf(latencies, share)?.value ?? 0;
  return { requests: latencies.length, errors, slow, p95: quantile(0.95), p99: quantile(0.99) };
}
