import { type Client, OpenFeature } from "@openfeature/server-sdk";
import { documentHash } from "./document.ts";
import type { FlagKey } from "./keys.ts";
import { DocumentProvider } from "./provider.ts";
import type { DocumentSource } from "./source.ts";

/** A document polled successfully longer ago than this is no longer believed. Source: design.md, decision 2. */
const believedMilliseconds = 60_000;

let domains = 0;

/** A flag document that is polled, checked and served through an OpenFeature client of its own. */
export class WatchedDocument {
  readonly client: Client;
  readonly #domain: string;
  readonly #source: DocumentSource;
  readonly #provider: DocumentProvider;
  #bound = false;
  #valid = false;
  #stale = false;
  #polledAt = Number.NEGATIVE_INFINITY;
  #hash = "none";

  constructor(name: string, source: DocumentSource, expected: readonly FlagKey[]) {
    // OpenFeature is one registry for the process: a domain each keeps two lenses apart.
    this.#domain = `${name}-${++domains}`;
    this.#source = source;
    this.#provider = new DocumentProvider(name, expected);
    this.client = OpenFeature.getClient(this.#domain);
  }

  get hash(): string {
    return this.#hash;
  }

  /** Whether its flags may be believed: there is a document, it is well formed, it was polled recently. */
  usable(now: number): boolean {
    return this.#valid && now - this.#polledAt <= believedMilliseconds;
  }

  /** Polls once. True when the flags may have changed. Throws when the source fails or the document is malformed. */
  async poll(now: number): Promise<boolean> {
    try {
      const answer = await this.#source.poll();
      if (answer === "early") return false;
      this.#polledAt = now;
      if (answer !== "unchanged") this.#take(answer.content);
      if (this.#stale && this.#valid) this.#provider.markReady();
      this.#stale = false;
      return answer !== "unchanged";
    } catch (error) {
      if (!this.usable(now) && !this.#stale) {
        this.#stale = true;
        this.#provider.markStale();
      }
      throw error;
    } finally {
      await this.#bind();
    }
  }

  #take(content: string): void {
    // Malformed is not "as before": nobody knows what was meant, so everyone goes to v1 until it is mended.
    this.#valid = false;
    this.#provider.replace(content);
    this.#valid = true;
    this.#hash = documentHash(content);
  }

  /** After the first poll, so that a document that is there makes the client ready at once. */
  async #bind(): Promise<void> {
    if (this.#bound) return;
    this.#bound = true;
    // Without a document the provider refuses to be ready: the client serves defaults until it says Ready.
    await OpenFeature.setProviderAndWait(this.#domain, this.#provider).catch(() => undefined);
  }
}
