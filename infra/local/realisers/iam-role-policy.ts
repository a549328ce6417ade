import { z } from "zod";
import type { Properties, Realiser } from "../realiser.ts";
import type { SessionService } from "../services/session-service.ts";

const rolePolicy = z.object({ role: z.string(), name: z.string(), policy: z.string() });

/** What a role may do. Only the object store and KMS ask; every other local service takes any role's word. */
export function iamRolePolicy(sessions: SessionService): Realiser {
  const put = async (inputs: Properties, fallback: string): Promise<Properties> => {
    const { role, name, policy } = rolePolicy.parse({ ...inputs, name: inputs.name ?? fallback });
    sessions.putRolePolicy(role, name, policy);
    return { ...inputs, name, id: `${role}:${name}` };
  };
  return {
    types: ["aws:iam/rolePolicy:RolePolicy"],
    replaceOn: ["role", "name"],
    create: ({ name, inputs }) => put(inputs, name),
    update: ({ inputs }, { outputs }) => put(inputs, String(outputs.name)),
    delete: async ({ outputs }) => sessions.deleteRolePolicy(String(outputs.role), String(outputs.name)),
  };
}
