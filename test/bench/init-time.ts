/** What a cold function costs: the start of a process that loads its bundle, against one that loads nothing. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import type { Environment } from "../../api/env.ts";
import { bucketNames } from "../../api/storage/buckets.ts";
import { type BundleName, bundle, recipes } from "../../infra/api/bundle.ts";
import { median, spread } from "./median.ts";
import type { Findings, Progress, Result, Sizes } from "./result.ts";

const section = "init";

/** All that the API wants to know before it serves; nothing is reached before the first request. */
const environment = {
  STACK_ENVIRONMENT: "dev",
  CODE_VERSION: "bench",
  MIGRATION_HASH: "bench",
  MASTER_HOST: "127.0.0.1",
  MASTER_PORT: "5432",
  MASTER_DATABASE: "bench",
  DATABASE_POOL_MAX: "1",
  JWT_ISSUER: "https://bench.example",
  JWT_AUDIENCE: "bench",
  JWKS: "https://bench.example/jwks.json",
  FLAG_DOCUMENT: "application/environment/document",
  KILL_SWITCH: "application/environment/cap",
  FLAG_POLL_SECONDS: "15",
  SIGNER_KEY: "arn:aws:kms:eu-west-1:000000000000:key/bench",
  BUCKETS: JSON.stringify(Object.fromEntries(bucketNames.map((name) => [name, name]))),
  SESSION_ROLE: "arn:aws:iam::000000000000:role/bench",
  DEADLINE_MILLISECONDS: "5000",
} satisfies Environment;
const bare = "node alone";

/** Milliseconds of one start. Throws with what the process said when it does not start. */
function startTime(script: string): number {
  const started = performance.now();
  const { status, stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", script], {
    env: { AWS_REGION: "eu-west-1", ...environment },
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`a bundle does not load: ${stderr}`);
  return performance.now() - started;
}

async function codeOf(name: BundleName): Promise<string> {
  const { archive } = await bundle(name);
  return join(String(await archive.path), "index.mjs");
}

/** Starts of every bundle and of none, in turn: what the machine does besides meets all of them. */
export async function benchInit(sizes: Sizes, progress: Progress): Promise<Findings> {
  const names = Object.keys(recipes) as BundleName[];
  const files = new Map<string, string>();
  for (const name of names) files.set(name, await codeOf(name));
  const scripts = new Map([[bare, ""]]);
  for (const [name, file] of files)
    scripts.set(name, `await import(${JSON.stringify(pathToFileURL(file).href)}); process.exit(0);`);
  const times = new Map<string, number[]>();
  for (let round = 1; round <= sizes.rounds; round++) {
    progress(`${section}: round ${round} of ${sizes.rounds}`);
    for (const [what, script] of scripts) times.set(what, [...(times.get(what) ?? []), startTime(script)]);
  }
  return { results: resultsOf(names, files, times), skipped: [] };
}

function resultsOf(names: readonly string[], files: Map<string, string>, times: Map<string, number[]>) {
  const alone = times.get(bare) ?? [];
  const results: Result[] = [
    { section, what: `${bare}, start`, ...spread(alone), unit: "ms", limitedBy: "the processor" },
  ];
  for (const name of names) {
    const ratios = (times.get(name) ?? []).map((milliseconds, round) => milliseconds / alone[round]!);
    const size = gzipSync(readFileSync(files.get(name)!)).length / 1e6;
    const added = Math.round(median(times.get(name) ?? []) - median(alone));
    const limitedBy = `its code: ${size.toFixed(2)} MB packed, ${added} ms more than ${bare}`;
    results.push({ section, what: `bundle of ${name} / ${bare}`, ...spread(ratios), unit: "×", limitedBy });
  }
  return results;
}
