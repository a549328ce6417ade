/**
 * The datapoints of one metric in time order, with running sums: a count or a sum over any window costs two
 * binary searches, however long the rehearsal. Points may arrive a little out of order.
 */
export class MetricSeries {
  readonly #times: number[] = [];
  readonly #values: number[] = [];
  /** `#sums[i]` is the sum of the first i values. */
  readonly #sums: number[] = [0];

  add(time: number, value: number): void {
    let place = this.#times.length;
    while (place > 0 && (this.#times[place - 1] as number) > time) place--;
    if (place === this.#times.length) this.#append(time, value);
    else this.#insert(place, time, value);
  }

  count(from: number, to: number): number {
    return this.#firstAt(to) - this.#firstAt(from);
  }

  sum(from: number, to: number): number {
    return (this.#sums[this.#firstAt(to)] as number) - (this.#sums[this.#firstAt(from)] as number);
  }

  /** The values with from <= time < to, in time order. */
  values(from: number, to: number): readonly number[] {
    return this.#values.slice(this.#firstAt(from), this.#firstAt(to));
  }

  #append(time: number, value: number): void {
    this.#times.push(time);
    this.#values.push(value);
    this.#sums.push((this.#sums.at(-1) as number) + value);
  }

  #insert(place: number, time: number, value: number): void {
    this.#times.splice(place, 0, time);
    this.#values.splice(place, 0, value);
    this.#sums.length = place + 1;
    for (const later of this.#values.slice(place)) this.#sums.push((this.#sums.at(-1) as number) + later);
  }

  /** The place of the first point at or after that time. */
  #firstAt(time: number): number {
    let low = 0;
    let high = this.#times.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#times[middle] as number) < time) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
