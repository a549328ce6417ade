/** Reads the raw registration of a resource, as the engine would get it, into a planned resource. */
import { type PlannedAsset, plannedFile, plannedParts, plannedRemote, plannedText } from "./archive.ts";
import type { PlannedResource } from "./graph.ts";

/** The part of Pulumi's RegisterResourceRequest that is read. */
export interface RegistrationRequest {
  getType(): string;
  getName(): string;
  getCustom(): boolean;
  getParent(): string;
  getObject(): { toJavaScript(): Record<string, unknown> } | undefined;
  getProtect(): boolean | undefined;
  getRetainondelete(): boolean | undefined;
  getDeletebeforereplace(): boolean;
  getDependenciesList(): string[];
  getProvider(): string;
  getDeletedwith(): string;
  getIgnorechangesList(): string[];
  getReplaceonchangesList(): string[];
  getAliasurnsList(): string[];
  getAliasesList(): { getUrn(): string; getSpec(): { getName(): string } | undefined }[];
}

/** How Pulumi marks a value that is more than plain data (`specialSigKey` and its values in its SDK). */
const mark = "4dabf18193072939515e22adb298388d";
const marks = {
  secret: "1b47061264138c4ac30d75fd1eb44270",
  asset: "c44067f5952c0a294b673a41bacd8c17",
  archive: "0def7320c3a5731c473e5ecbe6d01bc7",
  resource: "5cf8f73096256a8f31e491e813e4eb8e",
} as const;

type Marked = Readonly<Record<string, unknown>>;

function plannedAsset(kind: "$archive" | "$asset", value: Marked): PlannedAsset {
  if (typeof value.path === "string") return plannedFile(kind, value.path);
  if (typeof value.text === "string") return plannedText(value.text);
  if (typeof value.uri === "string") return plannedRemote(kind, value.uri);
  const parts = Object.entries((value.assets ?? {}) as Record<string, unknown>);
  return plannedParts(Object.fromEntries(parts.map(([name, part]) => [name, plainValue(part, name, [])])));
}

function plainValue(value: unknown, path: string, secrets: string[]): unknown {
  if (Array.isArray(value)) return value.map((item, index) => plainValue(item, `${path}[${index}]`, secrets));
  if (value === null || typeof value !== "object") return value;
  const object = value as Marked;
  switch (object[mark]) {
    case marks.secret:
      secrets.push(path);
      return plainValue(object.value, path, secrets);
    case marks.asset:
      return plannedAsset("$asset", object);
    case marks.archive:
      return plannedAsset("$archive", object);
    case marks.resource:
      return object.id ?? object.urn;
    default:
      return plainObject(object, path, secrets);
  }
}

function plainObject(object: Marked, path: string, secrets: string[]): Record<string, unknown> {
  const entries = Object.entries(object).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    entries.map(([key, value]) => [key, plainValue(value, path ? `${path}.${key}` : key, secrets)]),
  );
}

function aliasNames(request: RegistrationRequest): string[] {
  const ofUrn = (urn: string) => urn.split("::").at(-1) ?? "";
  const specs = request.getAliasesList().map((alias) => alias.getSpec()?.getName() ?? ofUrn(alias.getUrn()));
  return [...request.getAliasurnsList().map(ofUrn), ...specs].filter((name) => name !== "");
}

/** `keyOfUrn` gives the key of a resource registered before (a provider's reference is its URN and id). */
export function plannedResource(
  request: RegistrationRequest,
  urn: string,
  keyOfUrn: (urn: string) => string | undefined,
): PlannedResource {
  const secrets: string[] = [];
  const inputs = plainObject(request.getObject()?.toJavaScript() ?? {}, "", secrets);
  const key = (name: "parent" | "provider" | "deletedWith", of: string) => {
    const found = of === "" ? undefined : keyOfUrn(of);
    return found === undefined ? {} : { [name]: found };
  };
  const dependsOn = request.getDependenciesList().map(keyOfUrn);
  return {
    type: request.getType(),
    name: request.getName(),
    urn,
    custom: request.getCustom(),
    inputs,
    ...key("parent", request.getParent()),
    dependsOn: dependsOn.filter((item) => item !== undefined).sort(),
    ...key("provider", request.getProvider()),
    protect: request.getProtect() ?? false,
    retainOnDelete: request.getRetainondelete() ?? false,
    deleteBeforeReplace: request.getDeletebeforereplace(),
    ...key("deletedWith", request.getDeletedwith()),
    ignoreChanges: request.getIgnorechangesList(),
    replaceOnChanges: request.getReplaceonchangesList(),
    aliases: aliasNames(request),
    secretInputs: secrets.sort(),
  };
}
