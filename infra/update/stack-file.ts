/** Reading and changing one setting of a stack file: every other character stays as it is, comments too. */
import { isScalar, parseDocument, type Scalar } from "yaml";
import { type StageName, stageOf } from "../../flags/plan.ts";
import { type LayerName, project } from "../naming.ts";
import type { StackSettings } from "./reconciliation.ts";

/** The text is no stack file, or has not that setting. */
export class StackFileUnusable extends Error {
  override readonly name = "StackFileUnusable";
}

/** Where the file of a stack lies in the repository. */
export function stackFile(environment: string, layer: LayerName): string {
  return `infra/stacks/Pulumi.${environment}-${layer}.yaml`;
}

/** The setting of that key, as text; undefined when it is not there. Throws StackFileUnusable. */
export function settingOf(text: string, key: string): string | undefined {
  const found = scalarOf(text, key);
  return found === undefined ? undefined : String(found.value);
}

/** The settings that a way down can overtake. Throws StackFileUnusable, and a RangeError for an unknown stage. */
export function stackSettings(files: { readonly rollout: string; readonly service: string }): StackSettings {
  const stage = settingOf(files.rollout, "rolloutStage");
  if (stage === undefined) throw new StackFileUnusable("the rollout's stack file has no rolloutStage");
  const codeVersion = settingOf(files.service, "codeVersion");
  return { rolloutStage: stageOf(stage).stage satisfies StageName, ...(codeVersion && { codeVersion }) };
}

/** The text with another value of a setting that is there. Throws StackFileUnusable. */
export function withSetting(text: string, key: string, value: string): string {
  const found = scalarOf(text, key);
  if (!found?.range) throw new StackFileUnusable(`there is no ${project}:${key} to change`);
  const [start, end] = found.range;
  return `${text.slice(0, start)}${written(value)}${text.slice(end)}`;
}

/** Quoted unless it is a number: YAML 1.1 takes a plain off for false. */
function written(value: string): string {
  return /^\d+$/.test(value) ? value : JSON.stringify(value);
}

function scalarOf(text: string, key: string): Scalar | undefined {
  const document = parseDocument(text);
  const [error] = document.errors;
  if (error) throw new StackFileUnusable(`the stack file is no YAML: ${error.message}`);
  const node = document.getIn(["config", `${project}:${key}`], true);
  if (node === undefined) return undefined;
  if (!isScalar(node)) throw new StackFileUnusable(`${project}:${key} is no single value`);
  return node;
}
