/** The rules of `infra/policies` as stack validation policies of Pulumi. */
import { fileURLToPath } from "node:url";
import type { ReportViolation, StackValidationArgs, StackValidationPolicy } from "@pulumi/policy";
import { environments, layers } from "../../naming.ts";
import { readStackConfig } from "../../preview/stack-config.ts";
import { catalogue } from "../catalogue.ts";
import type { Rule, Surroundings } from "../rule.ts";
import { type EngineResource, engineResources } from "./engine-resources.ts";
import { leftOut } from "./left-out.ts";

/** The engine runs a pack in the pack's own directory. */
const stacks = fileURLToPath(new URL("../../stacks", import.meta.url));

export const policies: readonly StackValidationPolicy[] = catalogue
  .filter(({ id }) => !(id in leftOut))
  .map(policyOf);

function policyOf(rule: Rule): StackValidationPolicy {
  return {
    name: rule.id,
    description: rule.title,
    enforcementLevel: "mandatory",
    validateStack: (args, report) => judgeStack(rule, args, report),
  };
}

/**
 * Asks one rule about every resource of the stack. A resource that the rule cannot be asked about yet, because a text
 * that it would read is unknown in a preview, throws the SDK's own error: Pulumi then says that the rule could not run,
 * and asks again at the end of the update, when everything is known.
 */
function judgeStack(rule: Rule, args: StackValidationArgs, report: ReportViolation): void {
  const resources = engineResources(args.resources);
  const around = surroundingsOf(resources);
  if (!around) throw args.notApplicable("this is no stack of Part Lens");
  let undecided: unknown;
  for (const resource of resources) {
    try {
      const found = rule.judge(resource, around);
      if (found.answer === "violation") report(`${found.property}: ${found.message}`, resource.urn);
    } catch (error) {
      const unknown = resource.unknown ?? resources.find((other) => other.unknown)?.unknown;
      if (!unknown) throw error;
      undecided ??= unknown;
    }
  }
  if (undecided) throw undecided;
}

/** The stack's own resources are all that there is; undefined for a stack that is none of ours. */
function surroundingsOf(resources: readonly EngineResource[]): Surroundings | undefined {
  const stack = resources[0]?.urn.split("::")[0]?.split(":").at(-1) ?? "";
  const environment = environments.find((name) => stack.startsWith(`${name}-`));
  const layer = layers.find((name) => stack === `${environment}-${name}`);
  if (!environment || !layer) return undefined;
  return {
    environment,
    layer,
    resources,
    ownLayer: resources,
    protectData: readStackConfig(stack, stacks)["part-lens:protectData"] === "true",
    atOtherStage: (resource) => resource,
  };
}
