/** Plausible outputs of a resource that nothing runs for: shaped as AWS shapes them, the same at each run. */
import { createHash } from "node:crypto";
import { planAccount } from "../preview/invokes.ts";
import { isKnownType, outputNames } from "../preview/outputs.ts";
import type { Properties, Wanted } from "./realiser.ts";

/** EC2's ids carry a prefix and 17 hex digits. */
const idPrefixes: Readonly<Record<string, string>> = {
  vpc: "vpc",
  subnet: "subnet",
  securityGroup: "sg",
  routeTable: "rtb",
  internetGateway: "igw",
  natGateway: "nat",
  vpcEndpoint: "vpce",
  eip: "eipalloc",
};

const inputNames = ["name", "bucket", "identifier", "clusterIdentifier", "alarmName", "dashboardName"];

function physicalName({ name, inputs }: Wanted): string {
  const found = inputNames.map((key) => inputs[key]).find((value) => typeof value === "string");
  return (found as string | undefined) ?? name;
}

function hash(wanted: Wanted, length: number): string {
  return createHash("sha256").update(`${wanted.type}::${wanted.name}`).digest("hex").slice(0, length);
}

/** `aws:ec2/vpc:Vpc` → service ec2, kind vpc. */
function partsOf(type: string): { service: string; kind: string } {
  const [service = "", kind = ""] = (type.split(":")[1] ?? "").split("/");
  return { service, kind };
}

function arnOf(wanted: Wanted, id: string, region: string): string {
  const { service, kind } = partsOf(wanted.type);
  const name = physicalName(wanted);
  if (service === "s3") return `arn:aws:s3:::${name}`;
  if (service === "iam") return `arn:aws:iam::${planAccount}:${kind}/${name}`;
  if (service === "sns" || service === "sqs") return `arn:aws:${service}:${region}:${planAccount}:${name}`;
  return `arn:aws:${service}:${region}:${planAccount}:${kind}/${id}`;
}

function idOf(wanted: Wanted): string {
  const { service, kind } = partsOf(wanted.type);
  const prefix = service === "ec2" ? idPrefixes[kind] : undefined;
  if (prefix) return `${prefix}-${hash(wanted, 17)}`;
  const digits = hash(wanted, 32);
  if (service === "kms" && kind === "key")
    return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  return physicalName(wanted);
}

function plausible(property: string, wanted: Wanted, id: string, region: string): unknown {
  if (property === "arn" || property.endsWith("Arn")) return arnOf(wanted, id, region);
  if (property === "version" || property === "versionNumber") return "1";
  if (property.endsWith("Id")) return property === "keyId" ? id : hash(wanted, 12);
  if (/endpoint|url|domain/i.test(property)) return `${physicalName(wanted)}.not-simulated.invalid`;
  return physicalName(wanted);
}

/** Every output that a plan promises for the type, and its inputs as they are. */
export function recordedOutputs(wanted: Wanted, region: string): Properties {
  const id = idOf(wanted);
  const names = isKnownType(wanted.type) ? outputNames[wanted.type] : [];
  const made = names.map((property: string) => [property, plausible(property, wanted, id, region)]);
  return { ...Object.fromEntries(made), ...wanted.inputs, id };
}
