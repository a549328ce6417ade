import type { Delay, DelayKey } from "../../../monitoring/aws-delays.ts";

/** AWS's delays as the local services wait them out; the table itself is `monitoring/aws-delays.ts`. */
export type Delays = Readonly<Record<DelayKey, Delay>>;

/** The sum of the named delays in milliseconds. */
export function millisecondsOf(delays: Delays, ...keys: readonly DelayKey[]): number {
  return keys.reduce((sum, key) => sum + delays[key].seconds * 1000, 0);
}
