/**
 * Each of the test files that run side by side has ports of its own, and so have the commands that it starts: a port that
 * one has found free, and will listen on later, is never taken by another meanwhile.
 */
import { serverPorts } from "../../infra/local/services/free-port.ts";
import { filesSideBySide } from "./side-by-side.ts";

/** The share of the one in that place, from 1 on. */
export function portsOf(place: number): string {
  const each = Math.floor((serverPorts.last - serverPorts.first + 1) / filesSideBySide);
  const first = serverPorts.first + ((place - 1) % filesSideBySide) * each;
  return `${first}-${first + each - 1}`;
}

// Vitest numbers those that run at the same time from 1 on.
process.env.PART_LENS_PORTS = portsOf(Number(process.env.VITEST_POOL_ID ?? 1));
