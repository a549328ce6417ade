import { mkdirSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { countText } from "../../../monitoring/count-text.ts";
import { incidents } from "../../../monitoring/incident/drill.ts";
import { type IncidentFile, readIncident } from "../../../monitoring/incident/incident-file.ts";
import { incidentFiles } from "../../../monitoring/incident/incident-folder.ts";
import { incidentsAt } from "../../../monitoring/incident/operator-adapter.ts";
import type { LocalStack } from "../local-stack.ts";
import type { Terminal } from "./terminal.ts";

const environment = "local";

/** Takes the postmortems out of the evidence bucket before the stack goes, and says who was told of each rollback. */
export async function writeIncidents(stack: LocalStack, out: string, terminal: Terminal): Promise<void> {
  const { region, endpoint, ...credentials } = stack.access;
  const { bucket } = stack.outputs("service").evidence as { bucket: string };
  const store = incidentsAt({ environment, bucket, clients: { region, endpoint, credentials } });
  for (const incident of await incidents(store)) {
    const file = await readIncident(incident, store);
    const draft = await store.read(incidentFiles.postmortem(incident));
    if (!file || draft === undefined) continue;
    const folder = join(out, "incidents", incident.replaceAll(":", "-"));
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "postmortem.md"), draft);
    terminal.good(`${toldText(file)}; ${relative(".", join(folder, "postmortem.md"))}`);
  }
}

function toldText({ incident, missing, told }: IncidentFile): string {
  const delivered = told.filter(({ receipts }) => receipts.some(({ channel }) => channel === "sns"));
  const absent = Object.keys(missing);
  return (
    `incident ${incident}: ${delivered.length} of ${countText(told.length, "message")} taken over by the contacts' topics` +
    (absent.length > 0 ? `, not collected: ${absent.join(", ")}` : "")
  );
}
