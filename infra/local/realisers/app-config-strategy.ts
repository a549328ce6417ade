import { z } from "zod";
import type { Properties, Realiser } from "../realiser.ts";
import type { AppConfigService } from "../services/app-config-service.ts";
import { arnOf } from "../services/arn.ts";

const strategy = z.object({
  deploymentDurationInMinutes: z.number(),
  finalBakeTimeInMinutes: z.number().default(0),
});

/** Deployment strategies, all at once only. */
export function appConfigStrategy(appConfig: AppConfigService, region: string): Realiser {
  const put = async (inputs: Properties, name: string): Promise<Properties> => {
    const made = { ...inputs, name: String(inputs.name ?? name) };
    const id = appConfig.putStrategy({ name: made.name, ...strategy.parse(inputs) });
    return { ...made, id, arn: arnOf("appconfig", region, `deploymentstrategy/${id}`) };
  };
  return {
    types: ["aws:appconfig/deploymentStrategy:DeploymentStrategy"],
    replaceOn: ["name"],
    create: ({ name, inputs }) => put(inputs, name),
    update: ({ name, inputs }) => put(inputs, name),
    delete: async ({ outputs }) => appConfig.delete(String(outputs.id)),
  };
}
