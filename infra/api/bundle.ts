import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { build } from "esbuild";
import { migrationHash, sqlDirectory } from "../../api/database/sql-bundle.ts";

/** A built function: what Lambda unpacks, and the hash that names it. */
export interface Bundle {
  readonly archive: pulumi.asset.FileArchive;
  /** SHA-256 of the content, the first 12 hex digits: the same source gives the same hash, on any machine. */
  readonly hash: string;
}

interface Recipe {
  readonly entry: string;
  /** Whether the SQL files lie beside the code, in `sql/`. */
  readonly sql?: true;
}

/** The functions that are built, by the name of their bundle. The handler of each is `index.handler`. */
export const recipes = {
  api: { entry: "api/lambda.ts" },
  migrator: { entry: "api/database/migrate-function.ts", sql: true },
  rollback: { entry: "monitoring/rollback.ts" },
  pin: { entry: "monitoring/pin.ts" },
  jobs: { entry: "monitoring/jobs.ts" },
  sweep: { entry: "api/storage/sweep-function.ts" },
  weekly: { entry: "monitoring/report/weekly/weekly-function.ts" },
  notifier: { entry: "monitoring/incident/notifier.ts" },
  checks: { entry: "monitoring/checks-function.ts", sql: true },
  judge: { entry: "monitoring/judge-function.ts" },
} as const satisfies Record<string, Recipe>;

export type BundleName = keyof typeof recipes;

export const handler = "index.handler";

const root = new URL("../../", import.meta.url).pathname;

/** ES modules have no `require`, which the CommonJS packages in the bundle call. Named as no package names it. */
const banner =
  'import { createRequire as requireOfBundle } from "node:module"; const require = requireOfBundle(import.meta.url);';

/** The source does not change under a running process: what plans many stacks builds once. */
const built = new Map<BundleName, Promise<Bundle>>();

/** The function's bundle, built at the first call. */
export function bundle(name: BundleName): Promise<Bundle> {
  const known = built.get(name) ?? buildBundle(name);
  built.set(name, known);
  return known;
}

/**
 * Builds one function into `.part-lens/bundles/<name>-<hash>/`. Names stay as they are in the source: a stack trace
 * reads well, and a rehearsal's fault finds what it wraps.
 */
export async function buildBundle(name: BundleName): Promise<Bundle> {
  const recipe: Recipe = recipes[name];
  const code = await compiled(recipe.entry);
  const hash = contentHash(code, recipe.sql ? migrationHash() : "");
  const directory = join(root, ".part-lens", "bundles", `${name}-${hash}`);
  if (!existsSync(directory)) place(directory, code, recipe);
  return { archive: new pulumi.asset.FileArchive(directory), hash };
}

async function compiled(entry: string): Promise<Uint8Array> {
  const result = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile: "index.mjs",
    write: false,
    bundle: true,
    platform: "node",
    target: "node24",
    format: "esm",
    banner: { js: banner },
    external: ["pg-native"],
    legalComments: "none",
    charset: "utf8",
    logLevel: "silent",
  });
  return result.outputFiles[0]!.contents;
}

function contentHash(code: Uint8Array, sql: string): string {
  return createHash("sha256").update(code).update(sql).digest("hex").slice(0, 12);
}

/** Written aside and renamed: a build that is killed leaves nothing that looks finished. */
function place(directory: string, code: Uint8Array, recipe: Recipe): void {
  const aside = `${directory}.${process.pid}`;
  mkdirSync(aside, { recursive: true });
  writeFileSync(join(aside, "index.mjs"), code);
  if (recipe.sql) cpSync(sqlDirectory, join(aside, "sql"), { recursive: true });
  try {
    renameSync(aside, directory);
  } catch (error) {
    // Another process was quicker, with the very same content.
    rmSync(aside, { recursive: true });
    if (!existsSync(directory)) throw error;
  }
}
