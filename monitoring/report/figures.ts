/** How numbers are written in the report: for readers, with their units. */

import { nounOf } from "../count-text.ts";

const plain = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 2 });

/** Measures that are shares of 1, and those that are milliseconds or ratios; all others are counts. */
const shares: ReadonlySet<string> = new Set([
  "errorRate",
  "timeoutRate",
  "errorsAboveControl",
  "unavailableAboveControl",
  "drift",
  "worstDrift",
]);
const latencies: ReadonlySet<string> = new Set(["p95", "p99"]);
const ratios: ReadonlySet<string> = new Set(["p95Ratio", "timeoutRatio"]);

/** The value of a criterion in its measure's unit; a dash when there is none. */
export function measured(measure: string, value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  if (shares.has(measure)) return share(value);
  if (latencies.has(measure)) return `${plain.format(Math.round(value * 10) / 10)} ms`;
  if (ratios.has(measure)) return `${plain.format(value)} ×`;
  return plain.format(value);
}

export function counted(value: number): string {
  return plain.format(value);
}

/** "1 break", "2 breaks". */
export function numbered(count: number, noun: string, several?: string): string {
  return `${counted(count)} ${nounOf(count, noun, several)}`;
}

/** A percentage that is one already. */
export function percent(value: number): string {
  return `${plain.format(Math.round(value * 10) / 10)} %`;
}

/** A share of 1 as a percentage. */
export function share(value: number): string {
  return `${plain.format(100 * value)} %`;
}

/** 141 → "2:21", hours and minutes since the timeline began. */
export function clock(minute: number): string {
  const whole = Math.floor(minute);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

/** 1440 → "24 h", 75 → "1 h 15 min". */
export function duration(minutes: number): string {
  const whole = Math.round(minutes);
  const [hours, rest] = [Math.floor(whole / 60), whole % 60];
  if (hours === 0) return `${rest} min`;
  return rest === 0 ? `${hours} h` : `${hours} h ${rest} min`;
}

export function seconds(value: number): string {
  return `${plain.format(Math.round(value * 10) / 10)} s`;
}
