/** Changes that fail the check of a pull request. */
import { type LayerName, layers } from "../naming.ts";
import type { DiffStep } from "./diff.ts";

/** What must never be replaced or deleted by an update that a reviewer only skims, and what is lost then. */
const irreplaceable: Readonly<Record<string, string>> = {
  "aws:rds/cluster:Cluster": "the databases on it",
  "aws:rds/clusterInstance:ClusterInstance": "the connections to the database",
  "aws:rds/instance:Instance": "the databases on it",
  "postgresql:index/database:Database": "its data",
  "postgresql:index/schema:Schema": "its data",
  "aws:s3/bucket:Bucket": "its objects",
  "aws:lambda/function:Function": "its published versions, the way back among them",
  "aws:lambda/alias:Alias": "the address that is served",
};

export interface Forbidden {
  readonly layer: LayerName;
  readonly type: string;
  readonly name: string;
  readonly step: DiffStep["step"];
  readonly reason: string;
}

export type LayerSteps = Readonly<Record<LayerName, readonly DiffStep[]>>;

function reasonOf(step: DiffStep, layer: LayerName, stageMoves: boolean): string | undefined {
  if (step.step === "same") return undefined;
  const lost = irreplaceable[step.type];
  const gone = step.step === "delete" || step.step === "replace";
  if (lost && gone) return `would lose ${lost}`;
  return stageMoves && layer !== "rollout"
    ? "is outside the rollout layer, and a stage moves nothing else"
    : undefined;
}

/** `stageMoves`: whether the update is a step of the rollout. */
export function forbiddenChanges(steps: LayerSteps, stageMoves: boolean): Forbidden[] {
  return layers.flatMap((layer) =>
    steps[layer].flatMap((step) => {
      const reason = reasonOf(step, layer, stageMoves);
      const { type, name } = step;
      return reason ? [{ layer, type, name, step: step.step, reason }] : [];
    }),
  );
}
