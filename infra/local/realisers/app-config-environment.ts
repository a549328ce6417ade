import { z } from "zod";
import type { Properties, Realiser } from "../realiser.ts";
import type { AppConfigService } from "../services/app-config-service.ts";
import { arnOf } from "../services/arn.ts";

const inApplication = z.object({ applicationId: z.string() });

const monitors = z.array(z.object({ alarmArn: z.string() })).default([]);

/** AppConfig environments with their monitors. */
export function appConfigEnvironment(appConfig: AppConfigService, region: string): Realiser {
  const put = async (inputs: Properties, name: string): Promise<Properties> => {
    const made = { ...inputs, name: String(inputs.name ?? name) };
    const { applicationId } = inApplication.parse(inputs);
    const alarms = monitors.parse(inputs.monitors).map(({ alarmArn }) => alarmArn);
    const environmentId = appConfig.putEnvironment(applicationId, made.name, alarms);
    return {
      ...made,
      environmentId,
      id: `${environmentId}:${applicationId}`,
      arn: arnOf("appconfig", region, `application/${applicationId}/environment/${environmentId}`),
      state: "ReadyForDeployment",
    };
  };
  return {
    types: ["aws:appconfig/environment:Environment"],
    replaceOn: ["applicationId", "name"],
    create: ({ name, inputs }) => put(inputs, name),
    update: ({ name, inputs }) => put(inputs, name),
    delete: async ({ outputs }) => appConfig.delete(String(outputs.environmentId)),
  };
}
