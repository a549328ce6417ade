const stockKeepers = [
  "deckhand",
  "bosun",
  "eto",
  "chief_officer",
  "chief_engineer",
  "captain",
  "manager",
] as const;
const everyone = ["crew", "deckhand", "steward", "bosun", "eto", "purser", "chief_officer"] as const;
const heads = ["chief_engineer", "captain", "manager"] as const;

/**
 * Which roles may have done what v2's audit rows record. Stated anew on purpose: a review that asked the API's own
 * table would not notice a role that was let in there by mistake. Source: domain.md, "Actions".
 */
export const permittedRoles = {
  receive_part: stockKeepers,
  consume_part: stockKeepers,
  transfer_part: ["bosun", "eto", "chief_officer", "chief_engineer", "captain", "manager"],
  add_to_shopping_list: [...stockKeepers, "steward", "purser"],
  adjust_stock_quantity: heads,
  write_off_part: [...everyone, ...heads],
  generate_part_labels: ["chief_officer", "chief_engineer", "captain", "manager"],
  request_label_output: ["chief_officer", "chief_engineer", "captain", "manager"],
} as const satisfies Record<string, readonly string[]>;

/** The actions that need a signature in v2. */
export const signedActions = ["adjust_stock_quantity", "write_off_part"] as const;
