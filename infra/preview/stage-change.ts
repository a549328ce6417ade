/** What a reviewer needs to know of a step of the rollout: resources, flag document, yachts. */
import type { StageName } from "../../flags/plan.ts";
import { type LayerName, layers } from "../naming.ts";
import { type DiffStep, diffGraphs } from "./diff.ts";
import { type DocumentChange, documentChanges } from "./document-changes.ts";
import { cohortOf, type LayerPlans, type LayersRequest, planAtStage } from "./layers.ts";

export interface StageChange {
  readonly from: StageName;
  readonly to: StageName;
  /** All steps by layer, same ones included. */
  readonly steps: Readonly<Record<LayerName, readonly DiffStep[]>>;
  readonly flagDocument: {
    readonly before: unknown;
    readonly after: unknown;
    readonly changes: readonly DocumentChange[];
  };
  readonly newlyExposed: readonly { readonly id: string; readonly name: string }[];
  readonly noLongerExposed: readonly { readonly id: string; readonly name: string }[];
  /** The plans before and after the step. */
  readonly before: LayerPlans;
  readonly after: LayerPlans;
}

const hostedVersion = "aws:appconfig/hostedConfigurationVersion:HostedConfigurationVersion";

/** The document that the rollout layer hosts, parsed. */
function flagDocumentOf(plans: LayerPlans): unknown {
  const hosted = plans.rollout.graph.resources.find(({ type }) => type === hostedVersion);
  const content = hosted?.inputs.content;
  return typeof content === "string" ? (JSON.parse(content) as unknown) : content;
}

function yachtsOf(plans: LayerPlans, ids: readonly string[]) {
  const fleet = (plans.service.outputs.fleet ?? {}) as { yachts?: { id: string; name: string }[] };
  const names = new Map(fleet.yachts?.map(({ id, name }) => [id, name]));
  return ids.map((id) => ({ id, name: names.get(id) ?? id }));
}

/** Plans both sides of the step in all three layers. Throws PlanFailed, StackConfigUnreadable. */
export async function stageChange(
  request: LayersRequest,
  from: StageName,
  to: StageName,
): Promise<StageChange> {
  const before = await planAtStage(request, from);
  const after = await planAtStage(request, to);
  const [old, now] = [cohortOf(before), cohortOf(after)];
  const [oldDocument, newDocument] = [flagDocumentOf(before), flagDocumentOf(after)];
  const diff = (layer: LayerName) => [layer, diffGraphs(before[layer].graph, after[layer].graph)] as const;
  return {
    from,
    to,
    steps: Object.fromEntries(layers.map(diff)) as Record<LayerName, DiffStep[]>,
    flagDocument: {
      before: oldDocument,
      after: newDocument,
      changes: documentChanges(oldDocument, newDocument),
    },
    newlyExposed: yachtsOf(
      after,
      now.filter((id) => !old.includes(id)),
    ),
    noLongerExposed: yachtsOf(
      before,
      old.filter((id) => !now.includes(id)),
    ),
    before,
    after,
  };
}
