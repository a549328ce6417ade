/** Which codes of the catalogue of errors an operation answers. Source: domain.md, "Order of checks". */
import type { ErrorCode } from "../errors.ts";

/** Every route may answer these. */
export const anywhere = ["internal_error", "dependency_unavailable", "deadline_exceeded"] as const;
export const withToken = ["unauthenticated"] as const;
export const withBody = [
  "malformed_body",
  "body_too_large",
  "unsupported_media_type",
  "invalid_payload",
] as const;
export const withYacht = [
  "invalid_request",
  "not_a_member",
  "role_not_allowed",
  "scope_violation",
  "access_refused",
] as const;

const keyed = ["duplicate_idempotency_key", "idempotency_key_reused"] as const;
const onPart = ["part_not_found"] as const;
const onStock = [...keyed, ...onPart, "deactivated_stock"] as const;
const onObject = ["object_forbidden", "object_not_found"] as const;
const signed = [
  "signature_required",
  "signature_malformed",
  "signature_rejected",
  "signature_locked",
] as const;

/** What an action adds, by its name; v1's are unsigned and need no key. */
export const actionErrors = {
  view_part_details: ["invalid_payload", ...onPart],
  view_low_stock: ["invalid_payload"],
  receive_part: [...onStock, ...onObject],
  consume_part: [...onStock, "insufficient_stock"],
  transfer_part: [...onStock, "insufficient_stock", "same_location"],
  add_to_shopping_list: [...keyed, ...onPart],
  adjust_stock_quantity: [...onStock],
  write_off_part: [...onStock, "insufficient_stock"],
  generate_part_labels: [...keyed, ...onPart, "object_forbidden", "object_exists", "object_too_large"],
  request_label_output: [...keyed, ...onObject, "output_not_configured"],
  register_object: [
    ...keyed,
    ...onPart,
    "object_forbidden",
    "object_exists",
    "object_too_large",
    "object_type_not_allowed",
  ],
  confirm_object: [
    ...onObject,
    "object_not_uploaded",
    "object_mismatch",
    "object_too_large",
    "object_type_not_allowed",
  ],
  view_object: ["invalid_payload", ...onObject],
  list_objects: ["invalid_payload", "part_not_found"],
  delete_object: ["invalid_payload", ...onObject],
  view_signer: ["no_membership"],
  enrol_signer: ["no_membership", ...signed],
  confirm_signer: ["no_membership", "signature_rejected", "signature_locked", "enrolment_not_pending"],
} as const satisfies Record<string, readonly ErrorCode[]>;

export type DescribedAction = keyof typeof actionErrors;

/** What the actions of v2's canonical router answer beside their own. */
export const canonical: readonly ErrorCode[] = [
  "action_not_available",
  "idempotency_key_required",
  ...signed,
];
