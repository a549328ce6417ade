import { resolve } from "node:path";
import { alarmPrefix, type EnvironmentName, physicalName } from "../naming.ts";
import { readStackConfig } from "../preview/stack-config.ts";
import { readAwsAccess } from "./aws-access-file.ts";
import { StackNotUp } from "./control-client.ts";
import { runningStack } from "./control-file.ts";

/** Where the incidents of an environment are, and what a drill goes through. */
export interface IncidentPlace {
  readonly environment: EnvironmentName;
  readonly bucket: string;
  /** Its alarm, and the topics where people are told. */
  readonly drillAlarm: string;
  readonly contactTopics: readonly string[];
  /** The names of the yachts by their ids. */
  readonly yachtNames: ReadonlyMap<string, string>;
  /** For the SDK's clients; without credentials they find the user's own. */
  readonly clients: {
    readonly region: string;
    readonly endpoint?: string;
    readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
  };
}

/**
 * By the stack file: names are made by rule. The local environment is that of the stack that runs in the directory;
 * throws StackNotUp when there is none.
 */
export function incidentPlace(environment: EnvironmentName, stateDirectory: string): IncidentPlace {
  const config = readStackConfig(`${environment}-service`);
  const region = config["aws:region"] ?? "";
  const [account = ""] = JSON.parse(config["aws:allowedAccountIds"] ?? "[]") as string[];
  const yachts = JSON.parse(config["part-lens:yachts"] ?? "[]") as { id: string; name: string }[];
  const topic = (part: string) =>
    `arn:aws:sns:${region}:${account}:${physicalName("topic", environment, part)}`;
  return {
    environment,
    bucket: physicalName("bucket", environment, "evidence", account),
    drillAlarm: `${alarmPrefix(environment)}drill`,
    contactTopics: ["alerts", "pin-alerts"].map(topic),
    yachtNames: new Map(yachts.map(({ id, name }) => [id, name])),
    clients: { region, ...(environment === "local" && localAccess(resolve(stateDirectory))) },
  };
}

function localAccess(directory: string) {
  const access = runningStack(directory) && readAwsAccess(directory);
  if (!access) {
    throw new StackNotUp(
      `no local stack is up in ${directory}; start one with "npm run up -- --env local" in another terminal`,
    );
  }
  const { endpoint, ...credentials } = access;
  return { endpoint, credentials };
}
