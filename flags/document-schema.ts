/**
 * What AppConfig checks before it takes a document: flagd's format with at least one flag that has variants and a
 * default. An empty document is valid JSON and would wipe every flag.
 */
export const flagDocumentSchema = {
  $schema: "http://json-schema.org/draft-04/schema#",
  type: "object",
  required: ["flags"],
  properties: {
    flags: {
      type: "object",
      minProperties: 1,
      additionalProperties: {
        type: "object",
        required: ["state", "variants", "defaultVariant"],
        properties: {
          state: { enum: ["ENABLED"] },
          variants: { type: "object", minProperties: 1 },
          defaultVariant: { type: "string" },
          targeting: { type: "object" },
        },
        additionalProperties: false,
      },
    },
    metadata: { type: "object" },
  },
  additionalProperties: false,
} as const;
