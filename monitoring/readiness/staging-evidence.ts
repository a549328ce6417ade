import { verifyBundle } from "../evidence/bundle-verification.ts";
import { chainOf, headOf } from "../evidence/event-chain.ts";
import { CorruptLogError } from "../rollout/event-log.ts";
import { numberedEventLog } from "../rollout/numbered-log.ts";

/** What a rollout of staging left, where it lies: its evidence bucket, or a folder that is laid out like it. */
export interface StagingEvidence {
  /** The bucket or the folder, for people. */
  readonly place: string;
  /** The keys below that prefix, in any order. */
  names(prefix: string): Promise<readonly string[]>;
  read(key: string): Promise<Uint8Array>;
}

/** Nothing of staging is archived, and why not. */
export interface WithoutStaging {
  readonly reason: string;
}

/** What is archived of it. */
export interface StagingLeft {
  readonly place: string;
  /** Events of its log, and the hash that stands for their chain. */
  readonly events: number;
  readonly head: string;
  /** By their hashes. */
  readonly bundles: readonly string[];
  /** Everything, in alphabetical order. */
  readonly keys: readonly string[];
}

const environment = "staging";
const logPrefix = "rollout/log/";
const dated = ["incidents/", "reports/"] as const;
/** The time in a key, as far as it goes: a day, an hour or all of it. */
const timeIn = /\/(\d{4}-\d{2}-\d{2}(?:T[\d:.]+Z?)?)/;

/**
 * Looks for all that staging's rollout left until that time, ISO 8601: its log, the bundles of its evidence, incidents
 * and reports since its first event. What came later is of another rollout, and would make a release that was cut off
 * another one. Gives the problems instead where the log or a bundle is not whole. Rejects with what the place throws.
 */
export async function stagingLeft(
  evidence: StagingEvidence,
  until: string,
): Promise<StagingLeft | { readonly problems: readonly string[] }> {
  const { place } = evidence;
  const events = await eventsOf(evidence);
  if (events.problem !== undefined) return { problems: [events.problem] };
  const before = events.found.filter(({ at }) => at <= until);
  const first = before[0];
  if (!first)
    return { problems: [`${place} has no log of a rollout of staging: give its place by --staging`] };
  const { keys: bundled, bundles, problems } = await bundlesOf(evidence, until);
  if (problems.length > 0) return { problems };
  const others = await Promise.all(dated.map((prefix) => evidence.names(prefix)));
  const from = first.at.slice(0, 10);
  const ofRollout = others.flat().filter((key) => isBetween(key, from, until));
  const log = events.keys.slice(0, before.length);
  const keys = [...log, ...bundled, ...ofRollout].sort();
  return { place, events: before.length, head: headOf(chainOf(before)), bundles, keys };
}

/** In the order of their numbers. */
async function eventsOf(evidence: StagingEvidence) {
  const keys = [...(await evidence.names(logPrefix))].sort();
  const log = numberedEventLog({
    names: async () => keys.map((key) => key.slice(logPrefix.length)),
    read: async (name) => Buffer.from(await evidence.read(`${logPrefix}${name}`)).toString("utf8"),
    create: async () => false,
  });
  try {
    return { keys, found: await log.read(), problem: undefined };
  } catch (error) {
    if (!(error instanceof CorruptLogError)) throw error;
    return { keys, found: [], problem: `${evidence.place}: ${error.message}` };
  }
}

async function bundlesOf(evidence: StagingEvidence, until: string) {
  const all = await evidence.names("bundles/");
  const folders = [...Map.groupBy(all, (key) => key.split("/")[1] ?? "")];
  const looked = await Promise.all(
    folders.map(async ([folder, keys]) => ({ keys, ...(await lookedAt(evidence, folder, keys)) })),
  );
  const problems = looked.flatMap((one) => one.problems);
  const kept = looked.filter(({ createdAt }) => createdAt !== undefined && createdAt <= until);
  if (problems.length === 0 && kept.length === 0)
    problems.push(
      `${evidence.place} has no bundle of staging's evidence: npm run evidence -- build --env staging --bucket … --keep`,
    );
  return {
    problems,
    keys: kept.flatMap(({ keys }) => keys),
    bundles: kept.map(({ folder }) => folder).sort(),
  };
}

async function lookedAt(evidence: StagingEvidence, folder: string, keys: readonly string[]) {
  const files = keys.map(
    async (key) => [key.split("/").slice(2).join("/"), await evidence.read(key)] as const,
  );
  const { verified, problems, manifest, sha256 } = verifyBundle({
    contents: new Map(await Promise.all(files)),
  });
  const wrong = [
    ...problems.map(({ file, text }) => `${file}: ${text}`),
    ...(verified && sha256 !== folder ? [`it is the bundle ${sha256}`] : []),
    ...(verified && manifest?.environment !== environment ? [`it is of ${manifest?.environment}`] : []),
  ];
  return {
    folder,
    createdAt: manifest?.createdAt,
    problems: wrong.map((text) => `${evidence.place}: the bundle ${folder} of staging: ${text}`),
  };
}

function isBetween(key: string, from: string, until: string): boolean {
  const time = timeIn.exec(key)?.[1];
  return time !== undefined && time >= from && time <= until;
}
