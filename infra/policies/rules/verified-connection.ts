import { win32 } from "node:path";
import type { PlannedResource } from "../../preview/graph.ts";
import { compliant, notApplicable, type Rule, violation } from "../rule.ts";

/** What is wrong, and with which input; undefined where nothing is. */
function wrong({
  sslmode,
  sslrootcert,
  scheme,
}: PlannedResource["inputs"]): readonly [string, string] | undefined {
  // "require" encrypts and asks nobody who the server is; "verify-ca" takes any cluster of anybody's account for ours.
  if (sslmode !== "verify-full") return [`sslmode is ${sslmode ?? "not set"}`, "sslmode"];
  if (scheme !== undefined && scheme !== "postgres") return [`${scheme} does not read sslmode`, "scheme"];
  if (typeof sslrootcert !== "string")
    return ["whom to trust is left to the machine it runs on", "sslrootcert"];
  // Windows takes the absolute paths of every system for absolute.
  if (win32.isAbsolute(sslrootcert)) return [`${sslrootcert} is a path of one machine`, "sslrootcert"];
  return undefined;
}

export const verifiedConnection: Rule = {
  id: "verified-connection",
  title: "Pulumi signs in to a database only after verifying its certificate and its name.",
  judge: ({ type, inputs }) => {
    if (type !== "pulumi:providers:postgresql") return notApplicable;
    const found = wrong(inputs);
    return found ? violation(...found) : compliant;
  },
};
