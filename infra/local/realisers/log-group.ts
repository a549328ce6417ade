import type { Realiser } from "../realiser.ts";
import { arnOf } from "../services/arn.ts";
import type { LogStore } from "../services/log-store.ts";

/** Log groups: there before anything is written to them. How long AWS keeps them is not simulated. */
export function logGroup(logs: LogStore, region: string): Realiser {
  return {
    types: ["aws:cloudwatch/logGroup:LogGroup"],
    replaceOn: ["name"],
    create: async ({ inputs, name }) => {
      const group = String(inputs.name ?? name);
      logs.create(group);
      return { ...inputs, name: group, arn: arnOf("logs", region, `log-group:${group}`), id: group };
    },
    update: async ({ inputs }, { outputs }) => {
      const { arn, id, name } = outputs;
      return { ...inputs, name, arn, id };
    },
  };
}
