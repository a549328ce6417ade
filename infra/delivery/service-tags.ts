import type { Reach } from "./reach.ts";

/** Only what carries the tags of this environment's service layer: for what has no name to be scoped by. */
export function ofService(what: "RequestTag" | "ResourceTag"): NonNullable<Reach["condition"]> {
  return { StringEquals: { [`aws:${what}/Environment`]: "{environment}", [`aws:${what}/Layer`]: "service" } };
}
