import { readIncident } from "./incident-file.ts";
import { incidentFiles } from "./incident-folder.ts";
import type { IncidentStore } from "./incident-store.ts";
import { postmortemOf } from "./postmortem.ts";

/** Renders the draft from what lies in the bucket and puts it beside it; answers its key. */
export async function draftPostmortem(incident: string, store: IncidentStore): Promise<string> {
  const file = await readIncident(incident, store);
  if (!file) throw new Error(`there is no record of the incident ${incident}`);
  const key = incidentFiles.postmortem(incident);
  await store.put(key, postmortemOf({ file, yachtNames: new Map() }));
  return key;
}
