import { recordedTimeline } from "../../report/recorded-timeline.ts";
import type { RolloutRecord } from "../../report/timeline.ts";
import type { RolloutPlace } from "../place.ts";

/** What the report of that rollout is drawn from, up to now; undefined before its first move. Throws what a source throws. */
export async function report(place: RolloutPlace): Promise<RolloutRecord | undefined> {
  const events = await place.log.read();
  const first = events.find(({ kind }) => kind === "advanced");
  if (!first) return undefined;
  const now = place.now();
  const [yachts, history] = await Promise.all([place.yachts(), place.history(Date.parse(first.at), now)]);
  const able = yachts.filter(({ holdOut }) => !holdOut).length;
  return recordedTimeline({ environment: place.environment, events, ...history, yachts: able, now });
}
