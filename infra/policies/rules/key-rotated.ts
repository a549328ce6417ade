import { notApplicable, type Rule, require } from "../rule.ts";

export const keyRotated: Rule = {
  id: "key-rotated",
  title: "A key that encrypts data is rotated every year.",
  judge: ({ type, inputs }) =>
    type === "aws:kms/key:Key" && (inputs.keyUsage ?? "ENCRYPT_DECRYPT") === "ENCRYPT_DECRYPT"
      ? require(inputs.enableKeyRotation === true, "it is not rotated", "enableKeyRotation")
      : notApplicable,
};
