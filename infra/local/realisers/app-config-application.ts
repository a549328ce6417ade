import type { Realiser } from "../realiser.ts";
import type { AppConfigService } from "../services/app-config-service.ts";
import { arnOf } from "../services/arn.ts";

/** AppConfig applications. */
export function appConfigApplication(appConfig: AppConfigService, region: string): Realiser {
  return {
    types: ["aws:appconfig/application:Application"],
    replaceOn: ["name"],
    create: async ({ name, inputs }) => {
      const made = { ...inputs, name: String(inputs.name ?? name) };
      const id = appConfig.putApplication(made.name);
      return { ...made, id, arn: arnOf("appconfig", region, `application/${id}`) };
    },
    update: async ({ inputs }, { outputs }) => ({ ...outputs, ...inputs }),
    delete: async ({ outputs }) => appConfig.delete(String(outputs.id)),
  };
}
