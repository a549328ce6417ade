import { randomInt } from "node:crypto";
import { createServer } from "node:net";

/** The first and the last port that may be taken. */
interface PortRange {
  readonly first: number;
  readonly last: number;
}

/** From 32,768 on the kernel hands out ports to outgoing connections: a server there may find its port taken. */
export const serverPorts = { first: 20_000, last: 32_767 } as const satisfies PortRange;

const attempts = 50;

/** `PART_LENS_PORTS` is no range of ports. */
export class PortRangeUnusable extends Error {
  override readonly name = "PortRangeUnusable";
}

/** Whoever runs several stacks side by side can give each ports of its own: `PART_LENS_PORTS=20000-20999`. */
function portRange({ PART_LENS_PORTS: given } = process.env): PortRange {
  if (!given) return serverPorts;
  const [, first, last] = (/^(\d+)-(\d+)$/.exec(given) ?? []).map(Number);
  if (first && last && first <= last && last <= serverPorts.last) return { first, last };
  throw new PortRangeUnusable(
    `PART_LENS_PORTS is "${given}"; it must be two ports up to ${serverPorts.last}, such as 20000-20999`,
  );
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
  });
}

/**
 * A port on 127.0.0.1 that nobody listens on, below the ephemeral range. Somebody may still take it before its
 * user does: who starts a server on it tries again with another one.
 */
export async function freePort(): Promise<number> {
  const { first, last } = portRange();
  for (let attempt = 0; attempt < attempts; attempt++) {
    const port = randomInt(first, last + 1);
    if (await isFree(port)) return port;
  }
  throw new Error(`no free port found on 127.0.0.1 between ${first} and ${last}`);
}
