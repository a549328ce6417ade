import { z } from "zod";
import type { Properties, Realiser } from "../realiser.ts";
import { roleArn, type SessionService } from "../services/session-service.ts";

const role = z.object({ assumeRolePolicy: z.string() });

/** IAM roles, as far as AssumeRole asks: that they exist and whom their trust policy names. */
export function iamRole(sessions: SessionService): Realiser {
  const put = async (inputs: Properties, name: string): Promise<Properties> => {
    const arn = roleArn(name);
    sessions.putRole({ arn, name, ...role.parse(inputs) });
    return { ...inputs, name, arn, id: name, uniqueId: name };
  };
  return {
    types: ["aws:iam/role:Role"],
    replaceOn: ["name", "path"],
    create: ({ name, inputs }) => put(inputs, String(inputs.name ?? name)),
    update: ({ inputs }, { outputs }) => put(inputs, String(outputs.name)),
    delete: async ({ outputs }) => sessions.deleteRole(String(outputs.arn)),
  };
}
