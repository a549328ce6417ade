import { notApplicable, type Rule, require } from "../rule.ts";

const safe = ["require", "verify-ca", "verify-full"];

export const tlsOnlyConnection: Rule = {
  id: "tls-only-connection",
  title: "Pulumi connects to a database with TLS.",
  judge: ({ type, inputs }) =>
    type === "pulumi:providers:postgresql"
      ? require(safe.includes(String(inputs.sslmode)), `sslmode is ${inputs.sslmode ?? "not set"}`, "sslmode")
      : notApplicable,
};
