/** One of the two ways down is broken while v2 fails: the other one must bring it to 0 alone. */
import { physicalName } from "../../naming.ts";
import type { LocalStack } from "../local-stack.ts";
import { errors } from "./errors.ts";
import type { Fault, HostFault } from "./fault.ts";

/** What is collected of AppConfig, the stamp of the document included, the same function reads. */
const unread = "the rollback function may not use AppConfig at all";

/** The rollback function may not start a deployment any more: the cap stays where it is. */
export const killSwitchBroken: Fault = {
  ...errors,
  description: "v2 answers 500, and AppConfig denies the rollback function the kill switch",
  at: ["canary-5"],
  way: "pin",
  notLeft: { deployments: unread, documents: unread, stamps: unread },
  host: denied("appconfig", "rollback"),
};

/** The pin function may not change the integration any more: requests go on to the alias they went to. */
export const pinBroken: Fault = {
  ...errors,
  description: "v2 answers 500, and API Gateway denies the pin the integration",
  at: ["canary-5"],
  way: "killSwitch",
  host: denied("apigateway", "pin"),
};

/** The service answers AccessDenied to the role of that function. */
export function denied(service: string, functionName: string): HostFault<Pick<LocalStack, "aws">> {
  const role = physicalName("role", "local", functionName);
  return {
    apply: ({ aws }) => aws.endpoint.deny(service, role),
    clear: ({ aws }) => aws.endpoint.allow(service, role),
  };
}
