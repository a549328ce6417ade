/** How long a test waits for what must come. It only ends what hangs: no machine is so slow, and nothing is measured by it. */
export const patience = { timeout: 240_000, interval: 50 } as const;
