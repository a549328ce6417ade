import type { IncidentStore } from "../../monitoring/incident/incident-store.ts";
import type { Telling } from "../../monitoring/incident/outbox.ts";

/** Incidents in memory, with a bucket's semantics. */
export function incidentMap(objects: Map<string, string>): IncidentStore {
  return {
    create: async (key, text) => {
      if (objects.has(key)) return false;
      objects.set(key, text);
      return true;
    },
    put: async (key, text) => void objects.set(key, text),
    read: async (key) => objects.get(key),
    list: async (prefix) => [...objects.keys()].filter((key) => key.startsWith(prefix)).sort(),
  };
}

/** Something to tell people, whole; what matters to a test is given. */
export function tellingOf(over: Partial<Telling> = {}): Telling {
  return {
    incident: "2026-11-23T12:00:00.000Z",
    transition: "killSwitch-rlsLeak-20261123T120000000Z",
    way: "killSwitch",
    mode: "rollback",
    cause: "rlsLeak",
    complete: true,
    severity: "critical",
    subject: "Part Lens local: rolled back to 0, cause rlsLeak",
    body: "Cause: rlsLeak",
    steps: [],
    writtenAt: "2026-11-23T12:00:09.000Z",
    ...over,
  };
}
