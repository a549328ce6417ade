/** Steps as text, the way Pulumi prints them. */
import picocolors from "picocolors";
import type { DiffStep, StepKind } from "./diff.ts";

const signs = {
  create: { sign: "+ ", color: "green", done: "to create" },
  update: { sign: "~ ", color: "yellow", done: "to update" },
  replace: { sign: "+-", color: "magenta", done: "to replace" },
  delete: { sign: "- ", color: "red", done: "to delete" },
  same: { sign: "  ", color: "dim", done: "unchanged" },
} as const satisfies Record<
  StepKind,
  { sign: string; color: "green" | "yellow" | "magenta" | "red" | "dim"; done: string }
>;

/** `colors`: true on a terminal. */
export function renderStep(step: DiffStep, colors: boolean): string {
  const { sign, color } = signs[step.step];
  const properties = step.properties.length > 0 ? `  [diff: ${step.properties.join(", ")}]` : "";
  const line = `${sign} ${step.step.padEnd(7)} ${step.type} ${step.name}${properties}`;
  return picocolors.createColors(colors)[color](line);
}

/** The touched resources, a line each, and the number of each kind. Same resources are counted only. */
export function renderSteps(steps: readonly DiffStep[], colors: boolean): string {
  const lines = steps.filter(({ step }) => step !== "same").map((step) => `  ${renderStep(step, colors)}`);
  const kinds = (Object.keys(signs) as StepKind[]).map((kind) => ({
    kind,
    count: steps.filter(({ step }) => step === kind).length,
  }));
  const counts = kinds
    .filter(({ count }) => count > 0)
    .map(({ kind, count }) => `${count} ${signs[kind].done}`);
  return [...lines, `  ${counts.length > 0 ? counts.join(", ") : "no resources"}`].join("\n");
}
