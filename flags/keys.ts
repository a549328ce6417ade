/** The flags of the rollout document, their types and the value that is safe when nothing is known. */
export const flagKeys = {
  /** What an operator reads: the share of the fleet on v2, 0…100. Source: domain.md, "The rollout". */
  PART_LENS_V2_ENABLED_PERCENT: { type: "number", safe: 0 },
  /** The kill switch's cap, in a document of its own: 0 or 100. v2 serves only where document and cap both say so. */
  PART_LENS_V2_CAP: { type: "number", safe: 0 },
  /** What the code asks, per yacht. */
  PART_LENS_V2: { type: "boolean", safe: false },
} as const;

export type FlagKey = keyof typeof flagKeys;
