import * as pulumi from "@pulumi/pulumi";
import type { CodeStamp } from "../../monitoring/rollout/code-stamp.ts";
import { heldCode, type Projection } from "../../monitoring/rollout/projection.ts";

/** What a build knows of itself before Lambda gives it a number. */
export type BuiltCode = Omit<CodeStamp, "version">;

/** A published version that serves; `hash` and the rest are null for one that nothing recorded. */
export interface ServedCode {
  /** Its number, as Lambda writes it. */
  readonly version: string;
  readonly hash: string | null;
  readonly migrationHash: string | null;
  readonly tables: CodeStamp["tables"] | null;
}

/**
 * The version that the aliases point at: the one that a way down put back, as long as that holds; else the configured
 * one; and for "latest" undefined, which means the version that this update publishes.
 */
export function chosenVersion(
  configured: "latest" | number,
  live: pulumi.Output<Projection>,
): pulumi.Output<number | undefined> {
  const wanted = configured === "latest" ? undefined : configured;
  return pulumi.unsecret(live.apply((projection) => heldCode(projection) ?? wanted));
}

/** What the version behind the aliases is, by the build or by the record. */
export function servedCode(
  served: pulumi.Output<string>,
  published: pulumi.Output<string>,
  built: BuiltCode,
  live: pulumi.Output<Projection>,
): pulumi.Output<ServedCode> {
  const described = pulumi.all([served, published, live]).apply(([number, latest, { code }]): ServedCode => {
    if (number === latest) return { version: number, ...built };
    const known = code?.stamps.find((stamp) => `${stamp.version}` === number);
    return known
      ? { ...known, version: number }
      : { version: number, hash: null, migrationHash: null, tables: null };
  });
  return pulumi.unsecret(described);
}
