/** DEPLOYMENT_READINESS.md, rendered from the other files of a bundle: nothing in it was written by hand. */

import { declaration as declared } from "../../flags/plan.ts";
import { countText } from "../count-text.ts";
import type { SuiteRecord } from "../evidence/acceptance.ts";
import { criterionText } from "../evidence/canary-plan.ts";
import type { Provenance } from "../evidence/manifest.ts";
import { cell, markdownTable } from "../evidence/markdown-table.ts";
import type { RecordedCriterion, RecordedStage, RolloutRecord } from "../evidence/rollout-record.ts";
import { measured } from "../report/figures.ts";

/** What stands in `production_ready_declaration.json`. */
export interface DeclarationFile {
  readonly actor: string;
  readonly at: string;
  readonly from: string;
  readonly to: string;
  readonly criteria: readonly RecordedCriterion[];
}

export interface ReadinessInputs {
  readonly provenance: Provenance;
  /** By file name. */
  readonly acceptance: Readonly<Record<string, SuiteRecord>>;
  readonly record: RolloutRecord;
  readonly declaration: DeclarationFile | undefined;
}

export function readinessDocument(inputs: ReadinessInputs): string {
  const open = openItems(inputs);
  return [
    "# Deployment readiness: Part Lens v2",
    "",
    `**${open.length === 0 ? "Production-ready." : "Not production-ready."}** ${headOf(inputs)}`,
    "",
    ...section("What was not proven", open.length === 0 ? ["Nothing is open."] : bullets(open)),
    ...section("Stamps", stampLines(inputs)),
    ...section("Acceptance", acceptanceLines(inputs.acceptance)),
    ...section("Stages", stageLines(inputs.record)),
    ...section("Rollbacks", rollbackLines(inputs.record)),
    ...section("Production-ready", declarationLines(inputs.declaration)),
    ...section("Sign-offs", signOffLines(inputs.record)),
    ...section("Who did it", actorLines(inputs.record)),
  ].join("\n");
}

/** Everything that stands against production-ready, a sentence each. */
export function openItems({ provenance, acceptance, record, declaration }: ReadinessInputs): string[] {
  const failed = Object.entries(acceptance).flatMap(([file, { cases }]) =>
    cases.filter(({ passed }) => !passed).map(({ name }) => `acceptance case failed: ${name} (${file})`),
  );
  const codes = new Set(Object.values(acceptance).flatMap(({ stamps }) => stamps.code));
  const last = record.stages.at(-1);
  const unproven = (last?.criteria ?? []).filter(({ verdict }) => verdict !== "pass");
  return [
    provenance.origin === "rehearsal" &&
      "this is a rehearsal on one machine: AWS itself, its IAM and its delays were not tried",
    ...failed,
    codes.size !== 1 && `the acceptance was answered by ${codes.size} code versions instead of one`,
    record.percent < 100 && `the rollout stands at ${record.percent} % (${record.stage})`,
    record.locked && "the rollout is locked",
    last && last.verdict !== "pass" && `${last.stage} has ${verdictText(last)}`,
    ...unproven.map((one) => `${last?.stage}: ${criterionText(one)} is ${one.verdict} (${one.reason})`),
    !declaration && "production-ready was not declared",
    record.signOffs.length === 0 && "nobody has signed off",
  ].filter((item) => typeof item === "string");
}

function headOf({ provenance }: ReadinessInputs): string {
  const { environment, origin, createdAt, redactedFrom } = provenance;
  const from = origin === "rehearsal" ? "a rehearsal" : `the environment ${environment}`;
  const copy = redactedFrom ? ", a copy without names" : "";
  return `Evidence of ${from}, collected ${createdAt}${copy}.`;
}

function section(title: string, lines: readonly string[]): string[] {
  return [`## ${title}`, "", ...lines, ""];
}

function bullets(items: readonly string[]): string[] {
  return items.map((item) => `- ${cell(item)}`);
}

function stampLines({ provenance, acceptance }: ReadinessInputs): string[] {
  const suites = Object.values(acceptance);
  const all = (name: "code" | "stage" | "flags") =>
    [...new Set(suites.flatMap(({ stamps }) => stamps[name]))].join(", ") || "none";
  const rows = [
    ["Environment", `${provenance.environment} (${provenance.origin})`],
    ["API", [...new Set(suites.map(({ api }) => api))].join(", ")],
    ["Code version", all("code")],
    ["Stage of the flag document", all("stage")],
    ["Hash of the flag document", all("flags")],
  ];
  return [markdownTable(["What", "Seen in the answers"], rows)];
}

function acceptanceLines(acceptance: ReadinessInputs["acceptance"]): string[] {
  const overview = Object.entries(acceptance).map(([file, { cases, passed }]) => {
    const good = cases.filter((one) => one.passed).length;
    return [file, `${good} of ${cases.length}`, passed ? "pass" : "fail"];
  });
  const cases = Object.values(acceptance).flatMap(({ suite, cases }) =>
    cases.map((one) => {
      const expected = "answer" in one ? String(one.expected.status) : "no 5xx";
      const seen = "answer" in one ? String(one.answer?.status ?? "no answer") : `${one.serverErrors} 5xx`;
      return [suite, one.name, expected, seen, one.passed ? "pass" : "fail"];
    }),
  );
  return [
    markdownTable(["File", "Cases passed", "Verdict"], overview),
    "",
    markdownTable(["Suite", "Case", "Expected", "Answered", "Verdict"], cases),
  ];
}

function stageLines({ stages }: RolloutRecord): string[] {
  if (stages.length === 0) return ["No stage was entered."];
  return stages.flatMap((run, index) => [
    ...(index > 0 ? [""] : []),
    `### ${run.stage}: ${verdictText(run)}`,
    "",
    `From ${run.at} by ${cell(run.by)}, ${run.yachts} yachts.`,
    ...(run.criteria.length > 0 ? ["", criteriaTable(run.criteria)] : []),
  ]);
}

function verdictText({ verdict }: RecordedStage): string {
  return verdict ?? "no verdict";
}

function criteriaTable(criteria: readonly RecordedCriterion[]): string {
  const rows = criteria.map((one) => {
    const { measure, value, samples, interval, verdict, reason } = one;
    const bounds = interval ? `${measured(measure, interval[0])} – ${measured(measure, interval[1])}` : "–";
    return [criterionText(one), measured(measure, value), bounds, String(samples), verdict, reason];
  });
  return markdownTable(["Criterion", "Measured", "95 % bounds", "Samples", "Verdict", "Reason"], rows);
}

function rollbackLines({ rollbacks }: RolloutRecord): string[] {
  if (rollbacks.length === 0) return ["None."];
  const rows = rollbacks.map(({ at, from, to, cause, alsoFiring, by, acknowledged }) => [
    at,
    `${from} → ${to}`,
    [cause, ...alsoFiring].join(", "),
    by,
    acknowledged ? `${acknowledged.by}, ${acknowledged.at}: ${acknowledged.reason}` : "by nobody",
  ]);
  return [
    markdownTable(["At", "Move", "Cause, and what fired with it", "Recorded by", "Acknowledged"], rows),
  ];
}

function declarationLines(declaration: DeclarationFile | undefined): string[] {
  if (!declaration)
    return [`Not declared. It takes ${declared.days} days at 100 % that hold every criterion.`];
  const { actor, at, from, to, criteria } = declaration;
  return [`Declared by ${cell(actor)} at ${at}, for ${from} to ${to}.`, "", criteriaTable(criteria)];
}

function signOffLines({ signOffs }: RolloutRecord): string[] {
  if (signOffs.length === 0) return ["None."];
  return [
    markdownTable(
      ["Name", "Role", "At"],
      signOffs.map(({ name, role, at }) => [name, role, at]),
    ),
  ];
}

function actorLines({ actors, events }: RolloutRecord): string[] {
  const rows = Object.entries(actors).map(([actor, count]) => [actor, String(count)]);
  return rows.length === 0
    ? ["The log is empty."]
    : [
        markdownTable(["Actor", "Events"], rows),
        "",
        `${countText(events, "event")}; each stands in rollout_events.jsonl.`,
      ];
}
