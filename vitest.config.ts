import { defineConfig } from "vitest/config";
import { filesSideBySide } from "./test/support/side-by-side.ts";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    setupFiles: ["test/support/random-seed.ts", "test/support/own-ports.ts"],
    pool: "forks",
    maxWorkers: filesSideBySide,
    // Real servers are started and real rehearsals run, on machines several times slower than ours: the limits only end
    // what hangs.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    teardownTimeout: 60_000,
  },
});
