import { randomInt } from "node:crypto";
import { createServer } from "node:net";

/** From here on the kernel hands out ports to outgoing connections: a server there may find its port taken. */
const ephemeralStart = 32_768;
const lowest = 20_000;
const attempts = 50;

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
  for (let attempt = 0; attempt < attempts; attempt++) {
    const port = randomInt(lowest, ephemeralStart);
    if (await isFree(port)) return port;
  }
  throw new Error(`no free port found on 127.0.0.1 between ${lowest} and ${ephemeralStart - 1}`);
}
