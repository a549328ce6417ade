import type { DocumentSource } from "./source.ts";
import { WatchedDocument } from "./watched-document.ts";

/** What the documents say for the whole fleet; null where no document can be believed: unknown is not 0. */
export interface Exposure {
  /** The rollout's percent, 0…100. */
  readonly percent: number | null;
  /** The kill switch's cap, 0 or 100. */
  readonly cap: number | null;
  /** "unknown" without a document. */
  readonly stage: string;
  /** The hash of the rollout document, "none" without one. */
  readonly flagHash: string;
}

/** Which version serves a yacht, and by which document. */
export interface Decision extends Exposure {
  readonly version: "v1" | "v2";
}

export interface Lens {
  /** Never throws: whatever goes wrong, the answer is v1. */
  decide(yachtId: string): Promise<Decision>;
  /** Never throws. */
  exposure(): Promise<Exposure>;
}

export interface LensOptions {
  /** The rollout document. */
  readonly document: DocumentSource;
  readonly killSwitch: DocumentSource;
  /** A request polls when the last poll is older than this; 0 polls on every request. */
  readonly pollSeconds: number;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
  /** Told about each poll that failed and each malformed document. */
  readonly failed?: (problem: Error) => void;
}

const unknown: Exposure = { percent: null, cap: null, stage: "unknown", flagHash: "none" };
const safe: Decision = { ...unknown, version: "v1" };

/**
 * Chooses the version per yacht: v2 only where the rollout document says on and the cap is 100; v1 where either is
 * missing, malformed or was last polled successfully over 60 s ago. It polls on the request path, one poll at a
 * time, because a Lambda environment is frozen between requests and no timer runs there. OpenFeature is asked once
 * per document and yacht. Source: domain.md, "The lens"; design.md, decision 2.
 */
export function createLens(options: LensOptions): Lens {
  return new DocumentLens(options);
}

class DocumentLens implements Lens {
  readonly #rollout: WatchedDocument;
  readonly #killSwitch: WatchedDocument;
  readonly #pollMilliseconds: number;
  readonly #now: () => number;
  readonly #failed: (problem: Error) => void;
  #attemptedAt = Number.NEGATIVE_INFINITY;
  #polling: Promise<void> | undefined;
  #exposure = unknown;
  /** Decisions by yacht; a new map for each new document. */
  #decisions = new Map<string, Decision>();

  constructor({ document, killSwitch, pollSeconds, now = Date.now, failed = () => {} }: LensOptions) {
    this.#rollout = new WatchedDocument("part-lens-rollout", document, [
      "PART_LENS_V2",
      "PART_LENS_V2_ENABLED_PERCENT",
    ]);
    this.#killSwitch = new WatchedDocument("part-lens-kill-switch", killSwitch, ["PART_LENS_V2_CAP"]);
    this.#pollMilliseconds = pollSeconds * 1000;
    this.#now = now;
    this.#failed = failed;
  }

  async decide(yachtId: string): Promise<Decision> {
    if (!(await this.#current())) return safe;
    const decisions = this.#decisions;
    const known = decisions.get(yachtId);
    if (known) return known;
    const decision = await this.#ask(yachtId);
    // A document exchanged meanwhile has its own map, and this answer is not of it.
    if (decisions !== this.#decisions) return this.decide(yachtId);
    decisions.set(yachtId, decision);
    return decision;
  }

  async exposure(): Promise<Exposure> {
    return (await this.#current()) ? this.#exposure : unknown;
  }

  /** Polls if that is due; whether both documents can be believed. */
  #current(): boolean | Promise<boolean> {
    const now = this.#now();
    if (this.#polling || now - this.#attemptedAt >= this.#pollMilliseconds) {
      this.#polling ??= this.#poll(now);
      return this.#polling.then(() => this.#usable(this.#now()));
    }
    return this.#usable(now);
  }

  #usable(now: number): boolean {
    return this.#rollout.usable(now) && this.#killSwitch.usable(now);
  }

  async #poll(now: number): Promise<void> {
    this.#attemptedAt = now;
    try {
      const polls = await Promise.allSettled([this.#rollout.poll(now), this.#killSwitch.poll(now)]);
      for (const poll of polls) if (poll.status === "rejected") this.#failed(asError(poll.reason));
      if (polls.some((poll) => poll.status === "rejected" || poll.value)) await this.#readExposure();
    } finally {
      this.#polling = undefined;
    }
  }

  async #readExposure(): Promise<void> {
    const [percent, cap] = await Promise.all([
      this.#rollout.client.getNumberDetails("PART_LENS_V2_ENABLED_PERCENT", 0),
      this.#killSwitch.client.getNumberValue("PART_LENS_V2_CAP", 0),
    ]);
    const stage = String(percent.flagMetadata.stage ?? "unknown");
    this.#exposure = { percent: percent.value, cap, stage, flagHash: this.#rollout.hash };
    this.#decisions = new Map();
  }

  async #ask(yachtId: string): Promise<Decision> {
    const exposure = this.#exposure;
    const context = { targetingKey: yachtId, yachtId };
    const on = await this.#rollout.client.getBooleanValue("PART_LENS_V2", false, context);
    const open = exposure.cap === 100 && (exposure.percent ?? 0) > 0;
    return { ...exposure, version: on && open ? "v2" : "v1" };
  }
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}
