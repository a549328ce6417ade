import { defaultTags } from "../../naming.ts";
import { keyOf } from "../../preview/graph.ts";
import { notApplicable, type Rule, require, violation } from "../rule.ts";

/** A provider's own inputs are JSON texts. */
function tagsOf(value: unknown): Record<string, unknown> {
  const parsed = (typeof value === "string" ? JSON.parse(value) : value) as {
    tags?: Record<string, unknown>;
  };
  return parsed?.tags ?? {};
}

export const tagged: Rule = {
  id: "tagged",
  title: "Everything at AWS is made with the provider that puts our tags on it.",
  judge: (resource, { environment, layer, ownLayer }) => {
    if (!resource.custom || !resource.type.startsWith("aws:")) return notApplicable;
    const provider = ownLayer.find((other) => keyOf(other) === resource.provider);
    if (!provider) return violation("it is made with no provider of ours", "provider");
    const tags = tagsOf(provider.inputs.defaultTags ?? "{}");
    const missing = Object.keys(defaultTags({ environment, layer })).filter((tag) => !tags[tag]);
    return require(missing.length ===
      0, `its provider does not tag it with ${missing.join(", ")}`, "provider");
  },
};
