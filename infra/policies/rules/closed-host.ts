import { notApplicable, type Rule, require, violation } from "../rule.ts";

export const closedHost: Rule = {
  id: "closed-host",
  title: "A host has no public address, no key to log in with, an encrypted disk and guarded credentials.",
  judge: ({ type, inputs }) => {
    if (type !== "aws:ec2/instance:Instance") return notApplicable;
    if (inputs.associatePublicIpAddress !== false)
      return violation("it may get a public address", "associatePublicIpAddress");
    if (inputs.keyName !== undefined) return violation("a key logs in to it", "keyName");
    const { encrypted } = (inputs.rootBlockDevice ?? {}) as { encrypted?: unknown };
    if (encrypted !== true) return violation("its disk is not encrypted", "rootBlockDevice.encrypted");
    const { httpTokens } = (inputs.metadataOptions ?? {}) as { httpTokens?: unknown };
    return require(httpTokens ===
      "required", "its credentials are given without a token", "metadataOptions.httpTokens");
  },
};
