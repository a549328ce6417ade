import { z } from "zod";
import type { Realiser } from "../realiser.ts";
import type { AppConfigService } from "../services/app-config-service.ts";
import { arnOf } from "../services/arn.ts";

const version = z.object({
  applicationId: z.string(),
  configurationProfileId: z.string(),
  content: z.string(),
  contentType: z.string(),
  description: z.string().optional(),
});

/** Hosted versions: any change makes a new one. */
export function appConfigVersion(appConfig: AppConfigService, region: string): Realiser {
  return {
    types: ["aws:appconfig/hostedConfigurationVersion:HostedConfigurationVersion"],
    create: async ({ inputs }) => {
      const { applicationId, configurationProfileId: profile, ...content } = version.parse(inputs);
      const versionNumber = appConfig.createVersion(applicationId, profile, content);
      const place = `application/${applicationId}/configurationprofile/${profile}`;
      const id = `${applicationId}/${profile}/${versionNumber}`;
      return {
        ...inputs,
        versionNumber,
        id,
        arn: arnOf("appconfig", region, `${place}/hostedconfigurationversion/${versionNumber}`),
      };
    },
    delete: async ({ outputs }) => {
      const { applicationId, configurationProfileId, versionNumber } = outputs;
      appConfig.deleteVersion(String(applicationId), String(configurationProfileId), Number(versionNumber));
    },
  };
}
