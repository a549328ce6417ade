/** A composite alarm's rule: ALARM("name"), OK(…), INSUFFICIENT_DATA(…), TRUE, FALSE, AND, OR, NOT, parentheses. */
import type { AlarmState } from "./alarm-evaluation.ts";

type StateOf = (nameOrArn: string) => AlarmState;
type Node = (stateOf: StateOf) => boolean;

export interface AlarmRule {
  /** The alarms it looks at, by name or ARN as written. */
  readonly children: readonly string[];
  holds(stateOf: StateOf): boolean;
}

export class AlarmRuleError extends Error {
  override readonly name = "AlarmRuleError";
}

/** Parses once; throws AlarmRuleError with what it did not expect. */
export function alarmRule(source: string): AlarmRule {
  const parser = new RuleParser(source);
  const holds = parser.whole();
  return { children: [...parser.children], holds };
}

class RuleParser {
  readonly children = new Set<string>();
  readonly #source: string;
  readonly #words: readonly string[];
  #next = 0;

  constructor(source: string) {
    this.#source = source;
    this.#words = source.match(/"[^"]+"|[()]|[^\s()"]+/g) ?? [];
  }

  whole(): Node {
    const node = this.#either();
    if (this.#next < this.#words.length) throw this.#unexpected();
    return node;
  }

  #either(): Node {
    let left = this.#both();
    while (this.#accept("OR")) {
      const [a, b] = [left, this.#both()];
      left = (stateOf) => a(stateOf) || b(stateOf);
    }
    return left;
  }

  #both(): Node {
    let left = this.#single();
    while (this.#accept("AND")) {
      const [a, b] = [left, this.#single()];
      left = (stateOf) => a(stateOf) && b(stateOf);
    }
    return left;
  }

  #single(): Node {
    if (this.#accept("NOT")) {
      const inner = this.#single();
      return (stateOf) => !inner(stateOf);
    }
    if (this.#accept("TRUE")) return () => true;
    if (this.#accept("FALSE")) return () => false;
    for (const state of ["ALARM", "OK", "INSUFFICIENT_DATA"] as const)
      if (this.#accept(state)) return this.#child(state);
    this.#expect("(");
    const inner = this.#either();
    this.#expect(")");
    return inner;
  }

  #child(state: AlarmState): Node {
    this.#expect("(");
    const name = this.#words[this.#next]?.replaceAll('"', "");
    if (name === undefined || name === ")") throw this.#unexpected();
    this.#next++;
    this.#expect(")");
    this.children.add(name);
    return (stateOf) => stateOf(name) === state;
  }

  #accept(word: string): boolean {
    if (this.#words[this.#next] !== word) return false;
    this.#next++;
    return true;
  }

  #expect(word: string): void {
    if (!this.#accept(word)) throw this.#unexpected();
  }

  #unexpected(): AlarmRuleError {
    const found = this.#words[this.#next] ?? "the end";
    return new AlarmRuleError(`unexpected ${found} in the alarm rule ${this.#source}`);
  }
}
