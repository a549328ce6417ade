/** A step of the rollout as text for a reviewer. */

import picocolors from "picocolors";
import { countText } from "../../monitoring/count-text.ts";
import { type LayerName, layers } from "../naming.ts";
import type { DiffStep } from "./diff.ts";
import type { DocumentChange } from "./document-changes.ts";
import { renderSteps } from "./render.ts";
import type { StageChange } from "./stage-change.ts";

const longest = 100;

function shortened(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > longest ? `${text.slice(0, longest)}…` : text;
}

/** A list is told by what came and went, a yacht by its name. */
function documentLine(change: DocumentChange, nameOf: (value: unknown) => string): string {
  if (!("added" in change)) return `${change.path}: ${nameOf(change.before)} → ${nameOf(change.after)}`;
  const came = change.added.map((value) => `+ ${nameOf(value)}`);
  const went = change.removed.map((value) => `- ${nameOf(value)}`);
  return `${change.path}: ${[...came, ...went].join("  ")}`;
}

function names(title: string, yachts: readonly { readonly name: string }[]): string[] {
  if (yachts.length === 0) return [`${title}: none`];
  return [`${title}: ${yachts.length}`, ...yachts.map(({ name }) => `  ${name}`)];
}

function layerLines(layer: LayerName, steps: readonly DiffStep[], colors: boolean): string[] {
  const touched = steps.filter(({ step }) => step !== "same").length;
  const title = `${layer}: ${touched} of ${steps.length} resources touched`;
  return touched === 0 ? [title] : [title, renderSteps(steps, colors)];
}

/** The touched resources as the `--json` output lists them. */
export function touchedResources(change: StageChange) {
  return layers.flatMap((layer) =>
    change.steps[layer]
      .filter(({ step }) => step !== "same")
      .map(({ type, name, step, properties }) => ({ layer, type, name, step, properties })),
  );
}

/** `colors`: true on a terminal. */
export function renderChange(change: StageChange, environment: string, colors: boolean): string {
  const { bold, yellow } = picocolors.createColors(colors);
  const { changes } = change.flagDocument;
  const outside = touchedResources(change).filter(({ layer }) => layer !== "rollout");
  const moved = [...change.newlyExposed, ...change.noLongerExposed];
  const yachts = new Map<unknown, string>(moved.map(({ id, name }) => [id, name]));
  const nameOf = (value: unknown) => yachts.get(value) ?? shortened(value);
  return [
    bold(`${environment}: ${change.from} → ${change.to}`),
    "live state not read: lock and last advance are taken as fitting, cohorts come from the plan",
    "",
    ...layers.flatMap((layer) => layerLines(layer, change.steps[layer], colors)),
    ...(outside.length > 0
      ? [yellow(`${countText(outside.length, "resource")} outside the rollout layer: not a stage alone`)]
      : []),
    "",
    `flag document: ${countText(changes.length, "change")}`,
    ...changes.map((one) => `  ${documentLine(one, nameOf)}`),
    "",
    ...names("newly exposed", change.newlyExposed),
    ...(change.noLongerExposed.length > 0 ? names("no longer exposed", change.noLongerExposed) : []),
  ].join("\n");
}
