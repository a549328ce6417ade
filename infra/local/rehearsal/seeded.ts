/** Chance that is the same in every run: each generator is named by the seed and by what it is for. */
import { createHash } from "node:crypto";
import seedrandom from "seedrandom";

export class Seeded {
  readonly #name: string;
  readonly #next: () => number;

  constructor(...name: readonly (string | number)[]) {
    this.#name = name.join("/");
    this.#next = seedrandom.alea(this.#name);
  }

  /** 0 ≤ value < 1. */
  next(): number {
    return this.#next();
  }

  /** A whole number, both ends included. */
  between(least: number, most: number): number {
    return least + Math.floor(this.#next() * (most - least + 1));
  }

  /** Throws a RangeError when there is nothing to pick from. */
  pick<T>(from: readonly T[]): T {
    if (from.length === 0) throw new RangeError(`${this.#name}: nothing to pick from`);
    return from[Math.floor(this.#next() * from.length)] as T;
  }

  shuffled<T>(list: readonly T[]): T[] {
    const result = [...list];
    for (let last = result.length - 1; last > 0; last--) {
      const other = this.between(0, last);
      [result[last], result[other]] = [result[other] as T, result[last] as T];
    }
    return result;
  }
}

/** A UUID (version 8, RFC 9562) that only depends on its name. */
export function seededUuid(...name: readonly (string | number)[]): string {
  const hex = createHash("sha256").update(name.join("/")).digest("hex");
  const variant = "89ab"[Number.parseInt(hex.slice(16, 17), 16) % 4];
  const groups = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
  ];
  return [...groups, hex.slice(20, 32)].join("-");
}
