/**
 * CloudWatch's metric math as far as the alarm table uses it: numbers, ids, + - * /, comparisons, AND, OR,
 * IF(condition, then, else) and FILL(metric, number). A missing operand makes the result missing, except in FILL
 * and in the branch that IF does not take.
 */
type Value = number | undefined;
type Lookup = (id: string) => Value;
type Node = (lookup: Lookup) => Value;

/** An expression made ready: gives the value for one window, undefined for no datapoint. */
export interface MathExpression {
  readonly ids: readonly string[];
  value(lookup: Lookup): Value;
}

export class MathSyntaxError extends Error {
  override readonly name = "MathSyntaxError";
}

/** Parses once; throws MathSyntaxError with the place for what it does not know. */
export function mathExpression(source: string): MathExpression {
  const parser = new Parser(source);
  const node = parser.whole();
  return { ids: [...parser.ids], value: node };
}

const truth = (is: boolean): number => (is ? 1 : 0);

/** Binary operators by how tightly they bind, loosest first. */
const operators: readonly Readonly<Record<string, (left: number, right: number) => Value>>[] = [
  { OR: (a, b) => truth(a !== 0 || b !== 0), "||": (a, b) => truth(a !== 0 || b !== 0) },
  { AND: (a, b) => truth(a !== 0 && b !== 0), "&&": (a, b) => truth(a !== 0 && b !== 0) },
  {
    "<": (a, b) => truth(a < b),
    "<=": (a, b) => truth(a <= b),
    ">": (a, b) => truth(a > b),
    ">=": (a, b) => truth(a >= b),
    "==": (a, b) => truth(a === b),
    "!=": (a, b) => truth(a !== b),
  },
  { "+": (a, b) => a + b, "-": (a, b) => a - b },
  // Division by zero gives no datapoint.
  { "*": (a, b) => a * b, "/": (a, b) => (b === 0 ? undefined : a / b) },
];

const token = /\s*(?:(\d+(?:\.\d+)?)|([A-Za-z][A-Za-z0-9_]*)|(&&|\|\||<=|>=|==|!=|[-+*/<>(),]))/y;

class Parser {
  readonly ids = new Set<string>();
  readonly #source: string;
  readonly #tokens: string[] = [];
  #next = 0;

  constructor(source: string) {
    this.#source = source;
    token.lastIndex = 0;
    while (source.slice(token.lastIndex).trim() !== "") {
      const start = token.lastIndex;
      const match = token.exec(source);
      if (!match) throw new MathSyntaxError(`unexpected "${source.slice(start).trim()}" in "${source}"`);
      this.#tokens.push(match[0].trim());
    }
  }

  whole(): Node {
    const node = this.#binary(0);
    if (this.#peek() !== undefined) throw this.#unexpected();
    return node;
  }

  #binary(level: number): Node {
    const table = operators[level];
    if (!table) return this.#unary();
    let left = this.#binary(level + 1);
    for (let sign = this.#peek(); sign && Object.hasOwn(table, sign); sign = this.#peek()) {
      this.#next++;
      left = combine(table[sign] as (a: number, b: number) => Value, left, this.#binary(level + 1));
    }
    return left;
  }

  #unary(): Node {
    if (this.#peek() !== "-") return this.#primary();
    this.#next++;
    return combine(
      (_, b) => -b,
      () => 0,
      this.#unary(),
    );
  }

  #primary(): Node {
    const word = this.#peek();
    if (word === undefined) throw this.#unexpected();
    this.#next++;
    if (/^\d/.test(word)) return () => Number(word);
    if (word === "(") return this.#closed(this.#binary(0));
    if (word === "IF") return this.#if();
    if (word === "FILL") return this.#fill();
    // As CloudWatch: an id starts with a small letter, a function with a capital one.
    if (!/^[a-z]/.test(word)) throw new MathSyntaxError(`"${word}" in "${this.#source}" is not simulated`);
    this.ids.add(word);
    return (lookup) => lookup(word);
  }

  #if(): Node {
    const [condition, yes, no] = this.#arguments(3) as [Node, Node, Node];
    return (lookup) => {
      const is = condition(lookup);
      return is === undefined ? undefined : (is !== 0 ? yes : no)(lookup);
    };
  }

  #fill(): Node {
    const [metric, filler] = this.#arguments(2) as [Node, Node];
    return (lookup) => metric(lookup) ?? filler(lookup);
  }

  #arguments(count: number): Node[] {
    this.#expect("(");
    const nodes = [this.#binary(0)];
    while (nodes.length < count) {
      this.#expect(",");
      nodes.push(this.#binary(0));
    }
    this.#expect(")");
    return nodes;
  }

  #closed(node: Node): Node {
    this.#expect(")");
    return node;
  }

  #expect(word: string): void {
    if (this.#peek() !== word) throw this.#unexpected(word);
    this.#next++;
  }

  #peek(): string | undefined {
    return this.#tokens[this.#next];
  }

  #unexpected(wanted?: string): MathSyntaxError {
    const found = this.#peek() === undefined ? "the end" : `"${this.#peek()}"`;
    return new MathSyntaxError(`${found} in "${this.#source}"${wanted ? `, expected "${wanted}"` : ""}`);
  }
}

function combine(operate: (a: number, b: number) => Value, left: Node, right: Node): Node {
  return (lookup) => {
    const a = left(lookup);
    const b = right(lookup);
    return a === undefined || b === undefined ? undefined : operate(a, b);
  };
}
