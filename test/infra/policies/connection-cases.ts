/** The cases of the rules about how Pulumi connects to a database, in the form of cases.ts. */
import type { PlannedResource } from "../../../infra/preview/graph.ts";
import { output, resource } from "./graph.ts";

const connection = (inputs: Record<string, unknown>) => resource("pulumi:providers:postgresql", inputs);
const signedIn = (inputs: Record<string, unknown>) => connection({ username: "admin", ...inputs });
const role = (name: string) => resource("postgresql:index/role:Role", { name });
const byIam = { awsRdsIamAuth: true };
const verified = { sslmode: "verify-full", sslrootcert: "database/authorities.pem" };

export const connectionCases = {
  "verified-connection": {
    compliant: [connection(verified)],
    violating: [connection({ ...verified, sslmode: "require" })],
    property: "sslmode",
  },
  "admin-not-locked-out": {
    compliant: [signedIn(byIam), role("part_lens_api")],
    violating: [signedIn({ password: output("aws:rds/cluster:Cluster", "masterPassword") })],
    property: "awsRdsIamAuth",
  },
} as const;

export const moreConnectionViolations: readonly (readonly [string, string, readonly PlannedResource[]])[] = [
  [
    "verified-connection",
    "a certificate for another name",
    [connection({ ...verified, sslmode: "verify-ca" })],
  ],
  ["verified-connection", "no mode", [connection({ sslrootcert: verified.sslrootcert })]],
  ["verified-connection", "the authorities of the machine", [connection({ sslmode: "verify-full" })]],
  [
    "verified-connection",
    "one machine's path",
    [connection({ ...verified, sslrootcert: "/home/me/ca.pem" })],
  ],
  ["verified-connection", "another driver", [connection({ ...verified, scheme: "awspostgres" })]],
  ["admin-not-locked-out", "a password beside IAM", [signedIn({ ...byIam, password: "of-the-admin" })]],
  ["admin-not-locked-out", "the admin as a role of the program", [role("admin"), signedIn(byIam)]],
  [
    "admin-not-locked-out",
    "a membership that the program gives to the admin",
    [
      resource("postgresql:index/grantRole:GrantRole", { role: "admin", grantRole: "rds_iam" }),
      signedIn(byIam),
    ],
  ],
];
