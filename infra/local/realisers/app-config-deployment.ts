import { z } from "zod";
import type { Realiser } from "../realiser.ts";
import type { AppConfigService } from "../services/app-config-service.ts";
import { arnOf } from "../services/arn.ts";

const deployment = z.object({
  applicationId: z.string(),
  environmentId: z.string(),
  configurationProfileId: z.string(),
  configurationVersion: z.coerce.number().int(),
  deploymentStrategyId: z.string(),
  description: z.string().optional(),
});

/**
 * As with the real provider it starts and does not wait for the bake, and deleting does nothing. While another
 * deployment runs it fails at once with AppConfig's conflict: the real provider would retry for over ten minutes.
 */
export function appConfigDeployment(appConfig: AppConfigService, region: string): Realiser {
  return {
    types: ["aws:appconfig/deployment:Deployment"],
    create: async ({ inputs }) => {
      const wanted = deployment.parse(inputs);
      const { applicationId, environmentId, description } = wanted;
      const started = appConfig.startDeployment({
        applicationId,
        environmentId,
        profileId: wanted.configurationProfileId,
        version: wanted.configurationVersion,
        strategyId: wanted.deploymentStrategyId,
        description,
      });
      const place = `application/${applicationId}/environment/${environmentId}`;
      const { number: deploymentNumber, state } = started;
      const id = `${applicationId}/${environmentId}/${deploymentNumber}`;
      return {
        ...inputs,
        deploymentNumber,
        state,
        id,
        arn: arnOf("appconfig", region, `${place}/deployment/${deploymentNumber}`),
      };
    },
  };
}
