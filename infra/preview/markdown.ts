/** A preview as Markdown, for the comment on a pull request. */
import { type EnvironmentName, layers } from "../naming.ts";
import type { DiffStep, StepKind } from "./diff.ts";
import type { DocumentChange } from "./document-changes.ts";
import type { Forbidden, LayerSteps } from "./forbidden.ts";

/** The part of a type that people know: `aws:sns/topic:Topic` is a Topic of aws. */
function typeName(type: string): string {
  return `${type.split(":")[0]} ${type.split(":").at(-1)}`;
}

/** Names come from configuration: nothing in them may end a cell, a line or a code span. */
export function cell(text: string): string {
  return text
    .replace(/[\r\n]+/g, " ")
    .replaceAll("`", "'")
    .replaceAll("|", "\\|");
}

function list(lines: readonly string[], none: string): string[] {
  return lines.length === 0 ? [none] : lines.map((line) => `- ${line}`);
}

const kinds = ["delete", "replace", "update", "create"] as const satisfies readonly StepKind[];

function stepRow(layer: string, { type, name, properties }: DiffStep): string {
  const changed = properties.map((property) => `\`${cell(property)}\``).join(", ");
  return `| ${layer} | ${cell(typeName(type))} | ${cell(name)} | ${changed} |`;
}

function kindTable(kind: StepKind, steps: LayerSteps): string[] {
  const rows = layers.flatMap((layer) =>
    steps[layer].filter(({ step }) => step === kind).map((step) => stepRow(layer, step)),
  );
  if (rows.length === 0) return [];
  return [
    "",
    `**${kind}: ${rows.length}**`,
    "",
    "| layer | type | name | changed |",
    "|---|---|---|---|",
    ...rows,
  ];
}

export function resourceSection(steps: LayerSteps): string[] {
  const all = layers.flatMap((layer) => steps[layer]);
  const same = all.filter(({ step }) => step === "same").length;
  const tables = kinds.flatMap((kind) => kindTable(kind, steps));
  return [
    "### Resources",
    ...(tables.length === 0 ? ["", "No resource changes."] : tables),
    "",
    `${same} unchanged.`,
  ];
}

export function forbiddenSection(forbidden: readonly Forbidden[]): string[] {
  if (forbidden.length === 0) return [];
  const lines = forbidden.map(
    ({ layer, type, name, step, reason }) =>
      `**${step}** ${layer} ${typeName(type)} \`${cell(name)}\`: ${reason}`,
  );
  return [`### ⛔ Forbidden changes: ${forbidden.length}`, "", ...list(lines, "")];
}

export function alarmSection(changes: readonly string[]): string[] {
  return ["### Alarms", "", ...list(changes.map(cell), "No alarm changes.")];
}

const longest = 100;

function shortened(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > longest ? `${text.slice(0, longest)}…` : text;
}

/** `nameOf`: a yacht's name by its id. */
export function documentSection(
  changes: readonly DocumentChange[],
  nameOf: (value: unknown) => string | undefined,
): string[] {
  const name = (value: unknown) => nameOf(value) ?? shortened(value);
  const lines = changes.map((change) => {
    if (!("added" in change))
      return `- ${change.path}: ${name(change.before)}\n+ ${change.path}: ${name(change.after)}`;
    const came = change.added.map((value) => `+ ${change.path}: ${name(value)}`);
    return [...change.removed.map((value) => `- ${change.path}: ${name(value)}`), ...came].join("\n");
  });
  const body = lines.length === 0 ? ["No changes."] : ["```diff", ...lines, "```"];
  return ["### Flag document", "", ...body];
}

export function yachtSection(title: string, yachts: readonly { readonly name: string }[]): string[] {
  return [
    `### ${title}: ${yachts.length}`,
    "",
    ...list(
      yachts.map(({ name }) => cell(name)),
      "None.",
    ),
  ];
}

export function page(
  title: string,
  sections: readonly (readonly string[])[],
  environment?: EnvironmentName,
): string {
  const heading = environment ? `## ${environment}: ${title}` : `## ${title}`;
  const filled = sections.filter((section) => section.length > 0);
  return [heading, ...filled.map((section) => section.join("\n"))].join("\n\n");
}
