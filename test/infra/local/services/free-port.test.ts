import { execFileSync } from "node:child_process";
import { createServer } from "node:net";
import { afterEach, describe, expect, it, vi } from "vitest";
import { freePort, PortRangeUnusable, serverPorts } from "../../../../infra/local/services/free-port.ts";
import { portsOf } from "../../../support/own-ports.ts";
import { filesSideBySide } from "../../../support/side-by-side.ts";

afterEach(() => vi.unstubAllEnvs());

const among = (range: string) => vi.stubEnv("PART_LENS_PORTS", range);
const bounds = (range: string) => range.split("-").map(Number) as [number, number];

describe("a free port", () => {
  it("is below those that the kernel hands out, where nothing else is said", async () => {
    vi.stubEnv("PART_LENS_PORTS", undefined);
    const port = await freePort();
    expect(port).toBeGreaterThanOrEqual(serverPorts.first);
    expect(port).toBeLessThan(32_768);
  });

  it("is among those that are given, and never one that somebody listens on", async () => {
    const taken = createServer();
    // Of this file's own share, in which no other file looks meanwhile.
    const port = await freePort();
    await new Promise<void>((done) => taken.listen(port, "127.0.0.1", done));
    among(`${port}-${port}`);
    await expect(freePort()).rejects.toThrow(`no free port found on 127.0.0.1 between ${port} and ${port}`);
    await new Promise((done) => taken.close(done));
    expect(await freePort()).toBe(port);
  });

  it.each(["all", "20000", "0-10", "30000-20000", "20000-70000"])(
    "is not looked for among %s, which is no range below the kernel's",
    async (range) => {
      among(range);
      await expect(freePort()).rejects.toThrow(PortRangeUnusable);
    },
  );
});

describe("test files that run side by side", () => {
  it("share no port", () => {
    const places = Array.from({ length: filesSideBySide }, (_, index) => index + 1);
    const shares = places.map((place) => bounds(portsOf(place)));
    for (const [index, [first, last]] of shares.entries()) {
      expect(last - first).toBeGreaterThan(1_000);
      expect(last).toBeLessThanOrEqual(serverPorts.last);
      if (index > 0) expect(first).toBeGreaterThan(shares[index - 1]![1]);
    }
  });

  it("have their share each, and so has what they start", () => {
    const own = portsOf(Number(process.env.VITEST_POOL_ID));
    expect(process.env.PART_LENS_PORTS).toBe(own);
    const started = execFileSync(process.execPath, ["-p", "process.env.PART_LENS_PORTS"], {
      encoding: "utf8",
    });
    expect(started.trim()).toBe(own);
  });
});
