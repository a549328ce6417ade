import type { Criterion } from "../flags/plan.ts";
import { countText, nounOf } from "./count-text.ts";
import { durationText } from "./duration-text.ts";
import { binomialAtLeast, binomialAtMost } from "./statistics/binomial.ts";
import { leastSamples } from "./statistics/least-samples.ts";

/** So many requests of v2 more, and how long they take at the traffic so far; undefined where there was none. */
export interface More {
  readonly requests: number;
  readonly minutes: number | undefined;
}

type Side = "within" | "beyond";

/** What a share that is neither proven within its limit nor beyond it still needs. */
export interface MissingProof {
  /** If none of them fails: proven within. Undefined: not by any number that could be asked for. */
  readonly clean: More | undefined;
  /** If as many fail as until now, about so many prove it one way or the other. Undefined: it is too near the limit. */
  readonly steady: (More & { readonly proves: Side }) | undefined;
  /** The same as a sentence. */
  readonly text: string;
}

/** Of the bounds that a verdict is given by. */
const chance = 0.05;
/** A whole number of events that a product of doubles misses by less. */
const rounding = 1e-9;

/** What is missing with so many events in so many requests, more than none, counted in so many minutes. */
export function missingProof(
  { comparison, limit }: Pick<Criterion, "comparison" | "limit">,
  { events, requests }: { readonly events: number; readonly requests: number },
  minutes: number,
): MissingProof {
  // The same test as that of the bounds, asked at the limit itself: quicker, and many times.
  const within = (count: number, all: number) => binomialAtMost(count, all, limit) <= chance;
  const beyond = (count: number, all: number) => binomialAtLeast(count, all, limit) <= chance;
  const perMinute = minutes > 0 ? requests / minutes : undefined;
  const more = (all: number | undefined): More | undefined => {
    if (all === undefined) return undefined;
    const missing = all - requests;
    return { requests: missing, minutes: perMinute && Math.ceil(missing / perMinute) };
  };
  const share = events / requests;
  const keeps = comparison === "below" ? share < limit : share <= limit;
  const clean = more(leastSamples((all) => within(events, all), requests));
  const steady = more(
    leastSamples(
      keeps
        ? (all) => within(Math.ceil(share * all - rounding), all)
        : (all) => beyond(Math.floor(share * all + rounding), all),
      requests,
    ),
  );
  const proves: Side = keeps ? "within" : "beyond";
  const found = { clean, steady: steady && { ...steady, proves } };
  return { ...found, text: textOf(found, events, perMinute) };
}

function textOf(
  { clean, steady }: Omit<MissingProof, "text">,
  events: number,
  perMinute: number | undefined,
): string {
  const bring = ({ requests, minutes }: More) =>
    minutes === undefined || perMinute === undefined
      ? `${countText(requests, "request")} more`
      : `${countText(requests, "request")} more (${durationText(minutes)} at ${Number(perMinute.toPrecision(3))} a minute)`;
  const prove = ({ requests }: More) => nounOf(requests, "proves", "prove");
  const first = clean
    ? `${bring(clean)} without a failure ${prove(clean)} it within the limit`
    : "no number of requests proves it";
  if (events === 0) return first;
  const second = steady
    ? `about ${bring(steady)} ${prove(steady)} it ${steady.proves}`
    : "it is never proven";
  return `${first}; at this rate ${second}`;
}
