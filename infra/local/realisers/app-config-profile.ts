import { z } from "zod";
import type { Properties, Realiser } from "../realiser.ts";
import type { AppConfigService } from "../services/app-config-service.ts";
import { arnOf } from "../services/arn.ts";

const profile = z.object({
  applicationId: z.string(),
  validators: z.array(z.object({ type: z.literal("JSON_SCHEMA"), content: z.string() })).default([]),
});

/** Hosted configuration profiles with their JSON Schema validators; a Lambda validator is refused. */
export function appConfigProfile(appConfig: AppConfigService, region: string): Realiser {
  const put = async (inputs: Properties, name: string): Promise<Properties> => {
    const made = { ...inputs, name: String(inputs.name ?? name) };
    const { applicationId, validators } = profile.parse(inputs);
    const schemas = validators.map(({ content }) => content);
    const configurationProfileId = appConfig.putProfile(applicationId, made.name, schemas);
    const place = `application/${applicationId}/configurationprofile/${configurationProfileId}`;
    return {
      ...made,
      configurationProfileId,
      id: `${configurationProfileId}:${applicationId}`,
      arn: arnOf("appconfig", region, place),
    };
  };
  return {
    types: ["aws:appconfig/configurationProfile:ConfigurationProfile"],
    replaceOn: ["applicationId", "name", "locationUri", "type"],
    create: ({ name, inputs }) => put(inputs, name),
    update: ({ name, inputs }) => put(inputs, name),
    delete: async ({ outputs }) => appConfig.delete(String(outputs.configurationProfileId)),
  };
}
