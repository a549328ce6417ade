import type { DrillReport } from "./drill.ts";
import type { IncidentFile } from "./incident-file.ts";

/** `alert`: people were told and nothing was moved. */
export function incidentKind({ parts, told }: Pick<IncidentFile, "parts" | "told">): string {
  const modes = new Set(told.map(({ mode }) => mode));
  return parts.run?.mode ?? (["rollback", "drill"] as const).find((mode) => modes.has(mode)) ?? "alert";
}

/** One line of the list. */
export function incidentLine(file: IncidentFile): string {
  const { hasPostmortem, incident, parts, told } = file;
  const kind = incidentKind(file);
  const cause = parts.run?.cause ?? told[0]?.cause ?? "unknown";
  const delivered = told.filter(({ receipts }) => receipts.length > 0).length;
  return `${incident}  ${kind.padEnd(8)}  ${cause.padEnd(18)}  told ${delivered}/${told.length}${hasPostmortem ? "  postmortem" : ""}`;
}

/** An incident as a terminal shows it. */
export function incidentText(file: IncidentFile): string {
  const { incident, missing, parts, told } = file;
  const { run } = parts;
  return [
    `Incident ${incident}`,
    ...(run
      ? [
          `  ${run.mode}, cause ${run.cause}${run.alsoFiring.length > 0 ? `, also firing ${run.alsoFiring.join(", ")}` : ""}; percent before: ${run.percentBefore ?? "unknown"}`,
          ...run.steps.map(
            ({ detail, milliseconds, ok, step }) =>
              `  ${ok ? "✓" : "✗"} ${step.padEnd(10)} ${Math.round(milliseconds)} ms  ${detail}`,
          ),
        ]
      : ["  nothing was collected"]),
    "Told:",
    ...told.flatMap(({ receipts, subject, way }) => [
      `  ${way}: ${subject}`,
      ...receipts.map(
        ({ at, channel, messageId, tries }) => `    ${channel} ${at}, ${messageId}, try ${tries}`,
      ),
      ...(receipts.length === 0 ? ["    NOT DELIVERED"] : []),
    ]),
    ...Object.entries(missing).map(([name, why]) => `Missing: ${name}, ${why}`),
  ].join("\n");
}

export function drillText({ file, problems, reached }: DrillReport): string {
  return [
    ...(file ? [incidentText(file)] : []),
    "Reached:",
    ...reached.map(
      ({ at, channel, way }) => `  ${at ? "✓" : "✗"} ${way} by ${channel}${at ? ` at ${at}` : ""}`,
    ),
    ...(problems.length === 0
      ? ["The whole way works, as far as the topics; that the mails arrived, their readers must say."]
      : problems.map((problem) => `PROBLEM: ${problem}`)),
  ].join("\n");
}
