import { stageNames, stageOf } from "../../flags/plan.ts";
import type { Collected } from "./collected.ts";
import { entriesOf } from "./incident-file.ts";
import { type IncidentWay, incidentFiles, incidentFolder } from "./incident-folder.ts";
import type { IncidentStore } from "./incident-store.ts";
import { type Telling, telling } from "./outbox.ts";

export interface CompletionPorts {
  readonly store: IncidentStore;
  /** Collects into the store what is known of that run. Rejects when nothing could be written. */
  collect(run: Collected["run"]): Promise<string>;
  /** Drafts the postmortem from what lies there; answers its key. */
  draft(incident: string): Promise<string>;
}

/** Whose word it is where several have acted: the one that says most of what was done. */
const wordOf: readonly IncidentWay[] = ["control", "killSwitch", "pin"];

/**
 * Makes what the record of a rollback lacks, whoever went down: collects, then drafts. What is there stays, so that it
 * can be called again and again; one that was cut off is carried on. Undefined where nothing is missing, or nothing was
 * rolled back. Rejects when a part failed; what it has made until then is there.
 */
export async function completeRecord(
  incident: string,
  environment: string,
  ports: CompletionPorts,
): Promise<string | undefined> {
  const { store } = ports;
  const keys = new Set(await store.list(incidentFolder(incident)));
  const isCollected = keys.has(incidentFiles.manifest(incident));
  if (isCollected && keys.has(incidentFiles.postmortem(incident))) return undefined;
  const run = runOf(environment, await tellings([...keys], store));
  if (!run) return undefined;
  const collected = isCollected ? undefined : await ports.collect(run).catch((error: unknown) => ({ error }));
  await ports.draft(incident);
  if (typeof collected === "object") throw collected.error;
  return collected === undefined ? "drafted" : `collected ${collected}, drafted`;
}

/** Younger ones may still be in the hands of whoever went down. */
const graceMinutes = 5;

/** The same for these incidents, one after another: one that fails keeps no other from it. What was done, a line each. */
export async function completeRecords(
  incidents: readonly string[],
  environment: string,
  ports: CompletionPorts & { readonly now?: () => Date },
): Promise<string[]> {
  const now = (ports.now?.() ?? new Date()).getTime();
  const left = incidents.filter((incident) => now - Date.parse(incident) >= graceMinutes * 60_000);
  const outcomes: string[] = [];
  for (const incident of left) {
    const outcome = await completeRecord(incident, environment, ports).catch(
      (error: unknown) => `not completed: ${String(error)}`,
    );
    if (outcome !== undefined) outcomes.push(`${incident}: ${outcome}`);
  }
  return outcomes;
}

async function tellings(keys: readonly string[], store: IncidentStore): Promise<Telling[]> {
  const entries = entriesOf(keys.filter((key) => key.includes("/outbox/")));
  const texts = await Promise.all(entries.map((key) => store.read(key)));
  return texts.flatMap((text) => (text === undefined ? [] : [telling.parse(JSON.parse(text))]));
}

/** The rollback's own record, as far as it was told; undefined where none was told. */
function runOf(environment: string, told: readonly Telling[]): Collected["run"] | undefined {
  const oldestFirst = told
    .filter(({ mode }) => mode === "rollback")
    .sort((a, b) => (a.writtenAt < b.writtenAt ? -1 : 1));
  const said = wordOf
    .map((way) => oldestFirst.find((one) => one.way === way))
    .find((one) => one !== undefined);
  if (!said) return undefined;
  const { cause, incident, mode, move, steps, transition, way, writtenAt } = said;
  const from = stageNames.find((stage) => stage === move?.from);
  return {
    ...{ environment, way, mode, incident, transition, cause, alsoFiring: [] },
    ...(from && { percentBefore: stageOf(from).percent }),
    ...(move && { move }),
    startedAt: move?.at ?? writtenAt,
    steps: steps.map(({ after = 0, milliseconds = 0, ...step }) => ({ ...step, after, milliseconds })),
  };
}
