import { type CodeStamp, codeText } from "./code-stamp.ts";
import type { LiveView } from "./live-view.ts";
import type { RolloutState } from "./state.ts";

/** A published version, as far as it is known: nothing may have recorded the number of the code that answers. */
type Version = { readonly version: number | null; readonly hash: string };

/** Which code answers, and which one a code rollback would put back. */
export interface ServingCode {
  /** By its own answer; null where the service does not answer. */
  readonly live: Version | null;
  readonly lastKnownGood: Version | null;
  /** It was put back: no update moves the alias on until somebody acknowledges. */
  readonly held: boolean;
}

/** `declared`: what the service layer says is behind the alias. */
export function servingCode(
  { code, history }: Pick<RolloutState, "code" | "history">,
  live: Pick<LiveView, "code">,
  declared: CodeStamp | undefined,
): ServingCode {
  const recorded = history.flatMap((event) => ("code" in event && event.code ? [event.code] : []));
  const known = [code?.live, declared, code?.lastKnownGood, ...recorded.toReversed()];
  const good = code?.lastKnownGood;
  return {
    live: live.code === null ? null : versionOf(live.code, known),
    lastKnownGood: good ? { version: good.version, hash: good.hash } : null,
    held: code?.held ?? false,
  };
}

function versionOf(hash: string, known: readonly (CodeStamp | undefined)[]): Version {
  return { version: known.find((stamp) => stamp?.hash === hash)?.version ?? null, hash };
}

/** The same in a line. */
export function servingText({ live, lastKnownGood: good, held }: ServingCode): string {
  const answers = live ? nameOf(live) : "does not answer";
  const known = !good
    ? "none is known to be good"
    : live?.hash === good.hash
      ? "the last known-good"
      : `last known-good ${nameOf(good)}`;
  return `${answers}, ${known}${held ? ", held until acknowledged" : ""}`;
}

function nameOf({ version, hash }: Version): string {
  return version === null ? hash : codeText({ version, hash });
}
