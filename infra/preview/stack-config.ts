import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import type { StackConfig } from "./plan.ts";

/** A stack's config file is missing or not in Pulumi's format. */
export class StackConfigUnreadable extends Error {
  override readonly name = "StackConfigUnreadable";
}

/** Stands for a value that only Pulumi's CLI can decrypt. */
const encrypted = "[secret]";

function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  if (value === null || typeof value !== "object") return String(value);
  return "secure" in value ? encrypted : JSON.stringify(value);
}

function read(file: string): unknown {
  try {
    return parse(readFileSync(file, "utf8"));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StackConfigUnreadable(`cannot read ${file}: ${reason}`, { cause: error });
  }
}

/**
 * The configuration in `Pulumi.<stack>.yaml`, as the program gets it: by full key (`part-lens:` unless the file says
 * otherwise), objects as JSON texts. Throws StackConfigUnreadable.
 */
export function readStackConfig(stack: string, directory = "infra/stacks"): StackConfig {
  const file = join(directory, `Pulumi.${stack}.yaml`);
  const content = read(file) as { config?: Record<string, unknown> } | null;
  if (typeof content?.config !== "object" || content.config === null) {
    throw new StackConfigUnreadable(`${file} has no "config"`);
  }
  const entries = Object.entries(content.config);
  return Object.fromEntries(
    entries.map(([key, value]) => [key.includes(":") ? key : `part-lens:${key}`, textOf(value)]),
  );
}
