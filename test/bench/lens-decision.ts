/** The lens's decision, remembered per document and yacht, and what asking OpenFeature each time would cost. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { OpenFeature } from "@openfeature/server-sdk";
import { capDocument, rolloutDocument } from "../../flags/document.ts";
import { createLens } from "../../flags/lens.ts";
import { DocumentProvider } from "../../flags/provider.ts";
import { fileSource } from "../../flags/source.ts";
import { benchId, firstNumber } from "./bench-rows.ts";
import { median, spread } from "./median.ts";
import type { Findings, Progress, Result, Sizes } from "./result.ts";

const section = "lens";
const goalMicroseconds = 2;
const yachts = Array.from({ length: 200 }, (_, index) => benchId.yacht(firstNumber + index));
const callsASecond = 20_000;

type Call = (yacht: string) => unknown;

interface Timed {
  /** Microseconds a call. */
  readonly each: number;
  /** Share of one processor that this process had. */
  readonly processor: number;
}

async function timeOf(call: Call, calls: number): Promise<Timed> {
  const [started, usage] = [performance.now(), process.cpuUsage()];
  for (let index = 0; index < calls; index++) await call(yachts[index % yachts.length]!);
  const [elapsed, { user, system }] = [(performance.now() - started) * 1000, process.cpuUsage(usage)];
  return { each: elapsed / calls, processor: (user + system) / elapsed };
}

function writeDocuments(directory: string) {
  mkdirSync(directory, { recursive: true });
  const rollout = rolloutDocument({ stage: "ramp-50", cohort: yachts.slice(100), holdOuts: [] });
  const paths = { document: join(directory, "rollout"), killSwitch: join(directory, "cap") };
  writeFileSync(paths.document, rollout);
  writeFileSync(paths.killSwitch, capDocument(100));
  return { rollout, document: fileSource(paths.document), killSwitch: fileSource(paths.killSwitch) };
}

async function callsOf(directory: string): Promise<Record<string, Call>> {
  const { rollout, ...sources } = writeDocuments(directory);
  const lens = createLens({ ...sources, pollSeconds: 15 });
  const polling = createLens({ ...sources, pollSeconds: 0 });
  const provider = new DocumentProvider("bench", ["PART_LENS_V2"]);
  provider.replace(rollout);
  await OpenFeature.setProviderAndWait("bench", provider);
  const client = OpenFeature.getClient("bench");
  return {
    "decision, remembered": (yacht) => lens.decide(yacht),
    "decision, with a poll of both files": (yacht) => polling.decide(yacht),
    "OpenFeature's client with flagd's core": (yacht) =>
      client.getBooleanValue("PART_LENS_V2", false, { targetingKey: yacht, yachtId: yacht }),
    "flagd's core alone": (yacht) =>
      provider.resolveBooleanEvaluation("PART_LENS_V2", false, { targetingKey: yacht, yachtId: yacht }),
  };
}

/** `directory` takes the documents; the caller removes it. */
export async function benchLens(directory: string, sizes: Sizes, progress: Progress): Promise<Findings> {
  const calls = await callsOf(directory);
  const count = Math.max(500, Math.round(callsASecond * sizes.seconds));
  const found = new Map<string, Timed[]>();
  for (const call of Object.values(calls)) await timeOf(call, count);
  for (let round = 1; round <= sizes.rounds; round++) {
    progress(`${section}: round ${round} of ${sizes.rounds}`);
    for (const [what, call] of Object.entries(calls)) {
      found.set(what, [...(found.get(what) ?? []), await timeOf(call, count)]);
    }
  }
  const results = [...found].map(([what, times], index): Result => {
    const goal = { limit: goalMicroseconds, better: "lower" } as const;
    const share = Math.round(median(times.map(({ processor }) => processor)) * 100);
    const limitedBy = `client CPU: this process had ${share} % of one processor`;
    const values = times.map(({ each }) => each);
    return { section, what, ...spread(values), unit: "µs", ...(index === 0 && { goal }), limitedBy };
  });
  return { results, skipped: [] };
}
