import type { Collected } from "./collected.ts";
import { readCollected } from "./collection.ts";
import { incidentFolder } from "./incident-folder.ts";
import type { IncidentStore } from "./incident-store.ts";
import { type Receipt, receipt, type Telling, telling } from "./outbox.ts";

/** A message to people with what became of it. */
export interface Told extends Telling {
  readonly receipts: readonly Receipt[];
}

/** Everything that the evidence bucket holds of one incident. */
export interface IncidentFile {
  readonly incident: string;
  readonly parts: Partial<Collected>;
  /** What was not collected, or is not what was written, with the reason. */
  readonly missing: Readonly<Record<string, string>>;
  /** In the order in which they were written. */
  readonly told: readonly Told[];
  readonly hasPostmortem: boolean;
}

/** Reads an incident back; undefined when there is none of that name. Throws a ZodError for a file that is none of ours. */
export async function readIncident(
  incident: string,
  store: IncidentStore,
): Promise<IncidentFile | undefined> {
  const keys = await store.list(incidentFolder(incident));
  if (keys.length === 0) return undefined;
  const { missing, parts } = await readCollected(incident, store);
  const outbox = keys.filter((key) => key.includes("/outbox/"));
  const told = await Promise.all(entriesOf(outbox).map((key) => readTold(key, outbox, store)));
  return {
    incident,
    parts,
    missing,
    told: told.sort((a, b) => (a.writtenAt < b.writtenAt ? -1 : 1)),
    hasPostmortem: keys.some((key) => key.endsWith("/postmortem.md")),
  };
}

const isReceipt = (key: string) => /\.(sns|chat)\.json$/.test(key);

/** The keys of what is to be told among an outbox's. */
export function entriesOf(outbox: readonly string[]): string[] {
  return outbox.filter((key) => !isReceipt(key));
}

async function readTold(key: string, outbox: readonly string[], store: IncidentStore): Promise<Told> {
  const own = outbox.filter((other) => isReceipt(other) && other.startsWith(key.replace(/json$/, "")));
  const [entry, ...receipts] = await Promise.all([key, ...own].map((each) => store.read(each)));
  return {
    ...telling.parse(JSON.parse(entry ?? "{}")),
    receipts: receipts.map((text) => receipt.parse(JSON.parse(text ?? "{}"))),
  };
}
