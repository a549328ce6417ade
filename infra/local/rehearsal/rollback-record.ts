import { collectedSections, type SectionName } from "../../../monitoring/incident/collected.ts";
import { type IncidentFile, readIncident, type Told } from "../../../monitoring/incident/incident-file.ts";
import type { IncidentStore } from "../../../monitoring/incident/incident-store.ts";
import { attributesOf } from "../../../monitoring/incident/outbox.ts";
import type { NotLeft, RecordPart } from "../faults/script.ts";
import { filterOf } from "../services/subscription-filter.ts";
import type { TopicBus } from "../services/topic-bus.ts";
import type { Scene } from "./scene.ts";

/** What a rollback has left in the evidence bucket, and with its contacts. */
export interface RollbackRecord {
  readonly incident: string;
  /** What is missing of it, a sentence each; empty when everything that is asked for is there. */
  readonly lacks: readonly string[];
  /** What the fault makes impossible: the part, with the reason. */
  readonly notAsked: NotLeft;
}

/** Something that is missing; `record`: nothing at all is written, or what is cannot be read. */
export interface Lack {
  readonly part: RecordPart | SectionName;
  readonly text: string;
}

export interface RecordPlace {
  readonly topics: Pick<TopicBus, "deliveries" | "subscriptionsOf">;
  /** The function runs that collects and drafts. */
  readonly collects: boolean;
}

/** Lambda runs a function of a topic again after one minute, and after two more. */
const patienceMinutes = 5;

/** Minutes pass until the record of that incident is whole, or will not be any more. */
export async function rollbackRecord(
  scene: Scene,
  incident: string,
  store: IncidentStore,
): Promise<RollbackRecord> {
  const { collects, options, stack } = scene.parts;
  const place = { topics: stack.aws.topics, collects };
  const notAsked = options.script?.notLeft ?? {};
  const look = async () => asked(await lacksOf(incident, store, place), notAsked);
  let lacks = await look();
  for (let minute = 0; minute < patienceMinutes && lacks.length > 0; minute++) {
    await scene.hold();
    lacks = await look();
  }
  return { incident, lacks, notAsked };
}

/** Where the storage of the record fails, that is what is missing. */
function lacksOf(incident: string, store: IncidentStore, place: RecordPlace): Promise<readonly Lack[]> {
  return readIncident(incident, store).then(
    (file) => lacking(file, place),
    (error: unknown) => [{ part: "record", text: `the record cannot be read: ${error}` }],
  );
}

/** The sentences of what is missing, without the parts that a fault makes impossible. */
export function asked(lacks: readonly Lack[], notLeft: NotLeft): string[] {
  const isExcused = (part: Lack["part"]) =>
    notLeft[part] !== undefined || (isSection(part) && notLeft.collection !== undefined);
  return lacks.filter(({ part }) => !isExcused(part)).map(({ text }) => text);
}

function isSection(part: string): part is SectionName {
  return part in collectedSections;
}

/** What a rollback has to leave, and has not: v1 proven, everyone told, all collected, a postmortem drafted. */
export function lacking(file: IncidentFile | undefined, place: RecordPlace): Lack[] {
  const told = file?.told.filter(({ mode }) => mode === "rollback") ?? [];
  if (!file || told.length === 0) return [{ part: "record", text: "nothing was written for the contacts" }];
  const proven = told.some(({ steps }) => steps.some(({ step, ok }) => step === "proveV1" && ok));
  return [
    ...(proven ? [] : [lack("v1", "v1 was not proven before the contacts were told")]),
    ...told.flatMap((one) => untold(one, place.topics)).map((text) => lack("contacts", text)),
    ...(place.collects ? uncollected(file) : []),
  ];
}

function lack(part: Lack["part"], text: string): Lack {
  return { part, text };
}

function untold(told: Told, topics: RecordPlace["topics"]): string[] {
  const topic = told.receipts.find(({ channel }) => channel === "sns")?.endpoint;
  if (topic === undefined) return [`no topic has taken over "${told.subject}"`];
  const reached = topics.deliveries
    .filter(({ message, error }) => message === told.body && error === undefined)
    .map(({ endpoint }) => endpoint);
  const contacts = contactsOf(told, topic, topics);
  if (contacts.length === 0) return [`no contact hears what ${topic} says`];
  return contacts
    .filter((endpoint) => !reached.includes(endpoint))
    .map((endpoint) => `${endpoint} was not told "${told.subject}"`);
}

function uncollected({ hasPostmortem, missing }: IncidentFile): Lack[] {
  return [
    ...Object.entries(missing).map(([name, why]) =>
      lack(isSection(name) ? name : "collection", `not collected: ${name}, ${why}`),
    ),
    ...(hasPostmortem ? [] : [lack("postmortem", "no postmortem was drafted")]),
  ];
}

/** The addresses of the topic that want a message like this. */
function contactsOf(told: Told, topic: string, topics: RecordPlace["topics"]): string[] {
  const wants = ({ filterPolicy }: { readonly filterPolicy?: string | undefined }) =>
    filterOf(filterPolicy)(attributesOf(told));
  const people = topics.subscriptionsOf(topic).filter(({ protocol }) => protocol !== "lambda");
  return people.filter(wants).map(({ endpoint }) => endpoint);
}
