import type { Realiser } from "../realiser.ts";

/** aws:lambda/permission:Permission. Nothing here is refused for want of one; the policy rules look at them. */
export function lambdaPermission(): Realiser {
  return {
    types: ["aws:lambda/permission:Permission"],
    create: async ({ inputs, name }) => {
      const statementId = String(inputs.statementId ?? name);
      return { id: statementId, statementId };
    },
  };
}
