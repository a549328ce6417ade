import { declaration, plan } from "../../flags/plan.ts";
import { alarmKeys, burnKeys } from "../alarms.ts";
import type { RolloutEvent } from "../rollout/event.ts";

const uuid = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi;
/** Where somebody is named, in an event or in the record of them. */
const personKeys = ["actor", "by", "name"];
/** Where somebody has written what they liked. */
const textKeys = ["reason", "cause"];
/** Causes that are no free text. */
const causes = new Set<string>([
  ...alarmKeys,
  ...burnKeys,
  ...[...plan, declaration].flatMap(({ criteria }) => criteria.map(({ measure }) => measure)),
  "exposure",
]);
const withheld = "[withheld]";

/** What acts by itself: these are no names of people. */
const machines = ["part-lens", "rehearsal", "acceptance", "judge", "rollback", "up --stage"];

/**
 * Names for an export: the same person or id has the same one everywhere in it, given in the order of meeting, so that
 * nothing of what they stand for is left in them. Free text is withheld: it may name anybody.
 */
export class Pseudonyms {
  readonly #people = new Map<string, string>();
  readonly #runners = new Map<string, string>();
  readonly #ids = new Map<string, string>();

  /** Of the log, of its record, or of a declaration. */
  ofRollout<T>(value: T): T {
    return this.#walk(value, "", (text, at) => this.#rolloutText(text, at)) as T;
  }

  /** An event; what the judge has kept of it says nothing of people. */
  ofEvent(event: RolloutEvent): RolloutEvent {
    const { details, ...rest } = event as RolloutEvent & { readonly details?: unknown };
    const named = this.ofRollout(rest) as RolloutEvent;
    return details === undefined ? named : ({ ...named, details: this.ofAnswers(details) } as RolloutEvent);
  }

  /** Of answers and numbers, in which only ids can point to somebody. */
  ofAnswers<T>(value: T): T {
    return this.#walk(value, "", (text) => this.#idsIn(text)) as T;
  }

  #walk(value: unknown, at: string, written: (text: string, at: string) => string): unknown {
    if (typeof value === "string") return written(value, at);
    if (Array.isArray(value)) return value.map((item) => this.#walk(item, at, written));
    if (value === null || typeof value !== "object") return value;
    const entries = Object.entries(value).map(([name, inner]) => [
      at === "actors" ? written(name, "actor") : name,
      name === "criteria" ? this.ofAnswers(inner) : this.#walk(inner, name, written),
    ]);
    return Object.fromEntries(entries);
  }

  #rolloutText(text: string, at: string): string {
    if (personKeys.includes(at)) return machines.includes(text) ? text : given(this.#people, text, "person");
    if (at === "runner") return given(this.#runners, text, "runner");
    if (textKeys.includes(at) && !(at === "cause" && causes.has(text))) return withheld;
    return this.#idsIn(text);
  }

  #idsIn(text: string): string {
    return text.replaceAll(uuid, (id) => given(this.#ids, id.toLowerCase(), "id"));
  }
}

function given(names: Map<string, string>, name: string, kind: string): string {
  const known = names.get(name) ?? `${kind}-${names.size + 1}`;
  names.set(name, known);
  return known;
}
