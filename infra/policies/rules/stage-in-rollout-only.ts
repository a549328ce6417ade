import { changedPaths } from "../../preview/changed-paths.ts";
import { compliant, notApplicable, type Rule, violation } from "../rule.ts";

export const stageInRolloutOnly: Rule = {
  id: "stage-in-rollout-only",
  title: "Nothing outside the rollout layer depends on the stage: moving the canary moves nothing else.",
  judge: (resource, { layer, atOtherStage }) => {
    if (layer === "rollout") return notApplicable;
    const other = atOtherStage(resource);
    if (!other) return violation("it is not there at every stage", "name");
    const [changed] = changedPaths(resource.inputs, other.inputs);
    return changed === undefined ? compliant : violation("it is another at another stage", changed);
  },
};
