/**
 * Dev with a delivery runner, in the format of aws-check: the foundation is made by an administrator, the two layers
 * above it with the role of the runner, as its builds have it.
 */
import { layers, project, roleArn } from "../../infra/naming.ts";
import { policyDocument, type Statement } from "../../infra/policy.ts";
import { checkGraph } from "../../infra/preview/check-graph.ts";
import { keyOf, type PlannedResource } from "../../infra/preview/graph.ts";
import type { LayerPlans } from "../../infra/preview/layers.ts";
import { asJudged } from "../emulator/as-judged.ts";
import { region } from "../emulator/emulator.ts";
import { type PlannedEnvironment, plannedEnvironment, plannedStages } from "../support/planned-environment.ts";
import type { CheckedGraph, CheckedProvider } from "./check-tool.ts";

/** The account of dev's stack files. */
export const account = "111111111111";
const environment = "dev";
export const runnerArn = roleArn({ environment, accountId: account, region }, "delivery");

/** What dev's foundation would have to say to have a runner. */
const withRunner = {
  [`${project}:delivery`]: JSON.stringify({
    repository: "https://github.com/part-lens-example/part-lens.git",
    branch: "main",
    connectionArn: `arn:aws:codeconnections:${region}:${account}:connection/00000000-0000-0000-0000-000000000000`,
    backendUrl: "s3://part-lens-dev-pulumi-state",
    secretsProvider: "awskms://alias/part-lens-dev-pulumi",
  }),
};

export interface DeliveredGraphs {
  /** The rollout layer at the stage of its stack file, off. */
  readonly off: CheckedGraph;
  /** The same a stage further. */
  readonly canary: CheckedGraph;
}

/** Plans dev with a runner. */
export function deliveredDev(): Promise<PlannedEnvironment> {
  return plannedEnvironment(environment, { foundation: withRunner });
}

/** What an administrator and then the runner make of it. */
export async function deliveredGraphs(): Promise<DeliveredGraphs> {
  const { layers: plans } = await deliveredDev();
  const stages = await plannedStages(environment, plans);
  return { off: delivered(plans), canary: delivered({ ...plans, rollout: stages["canary-5"]! }) };
}

type Checked = ReturnType<typeof checkGraph>["resources"][number];

function delivered(plans: LayerPlans): CheckedGraph {
  const made = new Map(
    layers.flatMap((layer) =>
      plans[layer].graph.resources.map((resource) => {
        const how = { provider: layer, retained: resource.retainOnDelete };
        return [keyOf(resource), how] as const;
      }),
    ),
  );
  const resources = checkGraph(plans).resources.map(forEmulator);
  return {
    resources: resources.map((resource) => ({ ...resource, ...made.get(keyOf(resource)) })),
    providers: Object.fromEntries(layers.map((layer) => [layer, providerOf(plans, layer)])),
  };
}

function providerOf(plans: LayerPlans, layer: (typeof layers)[number]): CheckedProvider {
  const provider = plans[layer].graph.resources.find(({ type }) => type === "pulumi:providers:aws")!;
  return { tags: tagsOf(provider), ...(layer !== "foundation" && { role: runnerArn }) };
}

/** Providers have their settings as JSON. */
function tagsOf({ inputs }: PlannedResource): Record<string, string> {
  return (JSON.parse(String(inputs.defaultTags)) as { tags: Record<string, string> }).tags;
}

/** The test plays CodeBuild, as one of the account; and the runner is granted what the emulator would judge otherwise. */
function forEmulator(resource: Checked): Checked {
  const inputs = resource.inputs as Readonly<Record<string, string>>;
  if (!resource.name.startsWith("delivery")) return resource;
  if (resource.type === "aws:iam/role:Role")
    return { ...resource, inputs: { ...inputs, assumeRolePolicy: trust } };
  if (!/^aws:iam\/(rolePolicy:RolePolicy|policy:Policy)$/.test(resource.type)) return resource;
  const { Statement } = JSON.parse(inputs.policy ?? "") as { Statement: Statement[] };
  return { ...resource, inputs: { ...inputs, policy: policyDocument(Statement.flatMap(asJudged)) } };
}

const trust = policyDocument([
  { Effect: "Allow", Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: "sts:AssumeRole" },
]);
