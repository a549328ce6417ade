import { countText } from "../count-text.ts";
import { originText } from "../rollout/rollback-origin.ts";
import type { IncidentFile } from "./incident-file.ts";

/** What a section is rendered from: the incident, and the names of yachts where they are known. */
export interface PostmortemContext {
  readonly file: IncidentFile;
  readonly yachtNames: ReadonlyMap<string, string>;
}

type Section = (context: PostmortemContext) => readonly string[];

const unknown = "not known: it was not collected";

/** Cells without what would break the table. */
export function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string[] {
  const line = (cells: readonly (string | number)[]) =>
    `| ${cells.map((cell) => String(cell).replace(/\|/g, "\\|").replace(/\s+/g, " ").slice(0, 300)).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)];
}

export const summary: Section = ({ file }) => {
  const { run } = file.parts;
  if (!run) return ["The rollback's own record was not collected; what was told to people is below."];
  const failed = run.steps.filter(({ ok }) => !ok);
  return [
    `- Cause: **${run.cause}**${run.alsoFiring.length > 0 ? `, also firing: ${run.alsoFiring.join(", ")}` : ""}`,
    `- Outcome: ${outcomeOf(run)}${failed.length > 0 ? `; **failed: ${failed.map(({ step }) => step).join(", ")}**` : ""}`,
    `- Percent on v2 before: ${run.percentBefore ?? "could not be read"}`,
    ...whyOf(run),
  ];
};

type Run = NonNullable<IncidentFile["parts"]["run"]>;

function outcomeOf({ mode, move }: Run): string {
  if (mode === "alert") return "nothing was moved: nobody was on v2";
  if (mode === "drill") return "a fire drill: nothing was moved";
  const to = move && move.to !== "off" ? `back to ${move.to}` : "to 0";
  return `v2 was taken ${to} and the rollout locked`;
}

/** The alarm, or who went down by themselves. */
function whyOf({ message, move }: Run): string[] {
  if (move) {
    const why = originText(move.origin, move.alarms);
    return [`- Who: ${move.actor}, from ${move.from} to ${move.to} at ${move.at}`, `- Why: ${why}`];
  }
  if (!message) return ["- Alarm: not recorded, the function that answered it was cut off"];
  return [
    `- Alarm: ${message.AlarmName} at ${message.StateChangeTime}`,
    `- Why it fired: ${message.NewStateReason || "CloudWatch gave no reason"}`,
  ];
}

/** From the function's start: its clock may differ from CloudWatch's. */
export const steps: Section = ({ file }) => {
  const { run } = file.parts;
  if (!run) return [unknown];
  const rows = run.steps.map(({ after, detail, milliseconds, ok, step }) => [
    `+${(after / 1000).toFixed(2)} s`,
    ok ? step : `**${step} FAILED**`,
    `${Math.round(milliseconds)} ms`,
    detail,
  ]);
  return table(["After its start", "Step", "Took", "Answer"], rows);
};

export const exposed: Section = ({ file, yachtNames }) => {
  const { documents, exposure } = file.parts;
  const totals = Object.entries(exposure?.totals ?? {});
  const { since, stage } = exposure ?? {};
  return [
    `- Stage: ${stage ?? "not recorded"}${since ? `, since ${since}` : ""}`,
    `- Flag document when it was collected: version ${documents?.flags?.version ?? "unknown"}, hash ${documents?.flags?.hash ?? "unknown"}`,
    ...yachtsOf(file, yachtNames),
    totals.length > 0
      ? `- Of v2 since then: ${totals.map(([name, total]) => `${name} ${total}`).join(", ")}`
      : `- Requests: ${exposure && !since ? "no raise is recorded, so that no time to count from is known" : unknown}`,
  ];
};

/** The cohort and whoever else asked v2 for something, with their requests. */
function yachtsOf({ parts }: IncidentFile, names: ReadonlyMap<string, string>): string[] {
  const { exposure, yachts } = parts;
  const counts = new Map(yachts?.counts.map((count) => [count.yacht, count]));
  const cohort = exposure?.cohort ?? [];
  const others = [...counts.keys()].filter((id) => !cohort.includes(id));
  const line = (id: string) => {
    const { failures = 0, requests = 0 } = counts.get(id) ?? {};
    const counted = yachts ? `: ${countText(requests, "request")} to v2, ${failures} failed` : "";
    return `  - ${id === "none" ? "no yacht named" : `${names.get(id) ?? "yacht"} \`${id}\``}${counted}`;
  };
  return [
    exposure?.cohort
      ? `- Yachts of the cohort, ${cohort.length}${countedText(parts)}:`
      : `- Yachts of the cohort: ${unknown}`,
    ...cohort.map(line),
    ...(others.length > 0 ? ["- Others whose requests reached v2:", ...others.map(line)] : []),
  ];
}

function countedText({ exposure, yachts }: IncidentFile["parts"]): string {
  if (!yachts) return ", their requests not known";
  const isShort = exposure?.since !== undefined && yachts.from > exposure.since;
  const from = `, requests from the log since ${yachts.from}`;
  return `${from}${isShort ? " (**not the whole time**)" : ""}${yachts.cut ? " (**cut off: there were more**)" : ""}`;
}

export const data: Section = ({ file }) => {
  const { mutations } = file.parts;
  if (!mutations) return [unknown];
  const rows = mutations.counts.map(({ action, count, status, tenant }) => [action, tenant, status, count]);
  return [
    `Requests to v2 that may have changed data, from its log since ${mutations.from}${mutations.cut ? " (**cut off: there were more**)" : ""}:`,
    "",
    ...(rows.length > 0 ? table(["Action", "Tenant", "Status", "Requests"], rows) : ["none."]),
    "",
    "Both versions write through the same ledger, so that nothing is lost by going back. What v2 wrote, row by row, in",
    "each tenant's database:",
    "",
    "```sql",
    "select happened_at, yacht_id, action, entity_type, entity_id, actor, execution_id",
    "from part_lens.pms_audit_log",
    `where version = 'v2' and happened_at >= '${file.parts.exposure?.since ?? mutations.from}'`,
    "order by happened_at;",
    "```",
  ];
};

export const minutes: Section = ({ file }) => {
  const { metrics } = file.parts;
  if (!metrics) return [unknown];
  const at = (version: "v1" | "v2", name: string, time: string) =>
    metrics[version][name]?.find(([each]) => each === time)?.[1];
  const times = [
    ...new Set([...(metrics.v1.requests ?? []), ...(metrics.v2.requests ?? [])].map(([time]) => time)),
  ];
  const cells = (version: "v1" | "v2", time: string) => {
    const count = (name: string) => at(version, name, time) ?? "–";
    const p95 = at(version, "latency.p95", time);
    return [
      count("requests"),
      count("serverErrors"),
      count("timeouts"),
      p95 === undefined ? "–" : Math.round(p95),
    ];
  };
  const head = ["Minute", ...["v1", "v2"].flatMap((v) => [`${v} requests`, "5xx", "timeouts", "P95 ms"])];
  return table(
    head,
    times.sort().map((time) => [time.slice(0, 16), ...cells("v1", time), ...cells("v2", time)]),
  );
};

export const failures: Section = ({ file }) => {
  const { logs } = file.parts;
  if (!logs) return [unknown];
  const lines = [...logs.crashes, ...logs.failures].map(
    ({ at, message }) => `${at} ${message.slice(0, 600)}`,
  );
  if (lines.length === 0) return [`none since ${logs.from}.`];
  const shown = lines.slice(0, 10).map((line) => line.replaceAll("```", "'''"));
  return [
    `${countText(lines.length, "line")} since ${logs.from}; shown: ${shown.length}`,
    "",
    "```",
    ...shown,
    "```",
  ];
};

export const people: Section = ({ file }) => {
  const rows = file.told.flatMap(({ receipts, severity, subject, way }) =>
    receipts.length > 0
      ? receipts.map((one) => [way, severity, subject, one.channel, one.at, one.tries, one.messageId])
      : [[way, severity, subject, "**not delivered**", "–", "–", "–"]],
  );
  return [
    ...table(["Way", "Severity", "Message", "Channel", "Taken over at", "Tries", "Message id"], rows),
    "",
    "A topic takes a message over; that a mail arrived, its reader alone can say.",
  ];
};

export const stamps: Section = ({ file }) => {
  const found = file.parts.stamps;
  if (!found) return [unknown];
  const { codeVersion = "unknown", flagHash = "unknown", migrationHash } = found;
  return [`- Code: ${codeVersion}`, `- Migrations: ${migrationHash}`, `- Flag document: ${flagHash}`];
};

/** An account of zeros is none: then there is no console either. */
const alarmArn = /^arn:[^:]+:cloudwatch:([^:]+):(?!0+:)\d+:alarm:/;

/** The files as they lie beside the draft, and the alarm in AWS's console. */
export const links: Section = ({ file }) => {
  const { AlarmArn = "", AlarmName = "" } = file.parts.run?.message ?? {};
  const region = alarmArn.exec(AlarmArn)?.[1];
  const console = `https://${region}.console.aws.amazon.com/cloudwatch/home?region=${region}`;
  const collected = Object.keys(file.parts).map((section) => [section, `collected/${section}.json`]);
  return [
    ...(region ? [["the alarm", `${console}#alarmsV2:alarm/${encodeURIComponent(AlarmName)}`]] : []),
    ...(collected.length > 0 ? [["hashes of what was collected", "collected/manifest.json"]] : []),
    ...collected,
    ...(file.told.length > 0 ? [["what was told, with the receipts", "outbox/"]] : []),
  ].map(([text, target]) => `- [${text}](${target})`);
};

/** What a person has to find out: what went wrong by the record, and what no record can say. */
export const questions: Section = ({ file }) => {
  const { parts, missing, told } = file;
  const failed = parts.run?.steps.filter(({ ok }) => !ok) ?? [];
  const silent = told.filter(({ receipts }) => receipts.length === 0);
  const asked = parts.run?.mode === "drill" ? ["Has everyone who should have the message said so?"] : opened;
  return [
    ...failed.map(({ detail, step }) => `Why did the step ${step} fail? ${detail}`),
    ...Object.entries(missing).map(([name, why]) => `${name} is missing from the record: ${why}`),
    ...silent.map(({ subject }) => `Nobody was told: ${subject}`),
    ...(asked === opened && parts.run?.percentBefore === undefined
      ? ["How many yachts were on v2? It could not be read."]
      : []),
    ...asked,
  ].map((question) => `- [ ] ${question}`);
};

const opened = [
  "What was the root cause?",
  "Why did the stages before not show it?",
  "Which test or alarm would have found it earlier?",
  "Does anything that v2 wrote have to be corrected?",
  "Who acknowledges, and when may the rollout rise again?",
];
