import { hash } from "node:crypto";
import { canonicalJson } from "../../api/database/canonical-json.ts";
import type { RolloutEvent } from "../rollout/event.ts";

/** An event, bound to every one before it. */
export interface ChainLink {
  /** From 1. */
  readonly number: number;
  /** The hash of the link before; of the first one `chainStart`. */
  readonly previous: string;
  readonly event: Readonly<Record<string, unknown>>;
  /** SHA-256 of the canonical JSON of `{ event, number, previous }`, lower-case hex. */
  readonly hash: string;
}

/** What comes before the first link. */
export const chainStart = "0".repeat(64);

export function linkHash({ event, number, previous }: Omit<ChainLink, "hash">): string {
  return hash("sha256", canonicalJson({ event, number, previous }), "hex");
}

/** The events of a log, in its order, as a chain. */
export function chainOf(events: readonly RolloutEvent[]): ChainLink[] {
  const links: ChainLink[] = [];
  for (const event of events) {
    const link = { number: links.length + 1, previous: links.at(-1)?.hash ?? chainStart, event };
    links.push({ ...link, hash: linkHash(link) });
  }
  return links;
}

/** The hash that stands for the whole chain. */
export function headOf(links: readonly Pick<ChainLink, "hash">[]): string {
  return links.at(-1)?.hash ?? chainStart;
}

/** What is wrong with a chain, a sentence a link; empty when it holds. */
export function chainProblems(links: readonly ChainLink[]): string[] {
  return links.flatMap((link, index) => {
    const before = links[index - 1]?.hash ?? chainStart;
    if (link.number !== index + 1) return [`link ${index + 1} has the number ${link.number}`];
    if (link.previous !== before) return [`link ${link.number} does not follow the one before it`];
    return link.hash === linkHash(link) ? [] : [`link ${link.number} has another hash than its event`];
  });
}
