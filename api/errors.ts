/** Every answer of the API that is not a success: its status and what it tells the caller. */
export const errors = {
  malformed_body: { status: 400, message: "The body is not a JSON object." },
  invalid_request: { status: 400, message: "The request has missing, unknown or malformed fields." },
  invalid_payload: { status: 400, message: "The payload has missing, unknown or malformed fields." },
  signature_required: { status: 400, message: "This action must be signed: signature = { pin, totp }." },
  signature_malformed: {
    status: 400,
    message: "The signature must be { pin, totp }, both strings of digits.",
  },
  idempotency_key_required: { status: 400, message: "This action must carry an idempotency_key." },
  same_location: { status: 400, message: "The part would stay where it is." },
  unauthenticated: { status: 401, message: "A valid bearer token is required." },
  not_through_edge: { status: 403, message: "Use the public address of this service." },
  not_a_member: { status: 403, message: "You are not a member of this yacht." },
  no_membership: { status: 403, message: "You are a member of no yacht." },
  role_not_allowed: { status: 403, message: "Your role on this yacht may not do this." },
  signature_rejected: { status: 403, message: "The signature was not accepted." },
  scope_violation: { status: 403, message: "The answer was withheld: it left the scope of this yacht." },
  object_forbidden: { status: 403, message: "This object is not one of this yacht's." },
  access_refused: { status: 403, message: "The database refused access." },
  route_not_found: { status: 404, message: "There is no such route." },
  part_not_found: { status: 404, message: "This yacht has no such part." },
  object_not_found: { status: 404, message: "This yacht has no such object." },
  action_not_available: { status: 404, message: "The version that answers has no such action." },
  duplicate_idempotency_key: { status: 409, message: "This request was executed before: see result." },
  idempotency_key_reused: { status: 409, message: "The idempotency key belongs to another request." },
  insufficient_stock: { status: 409, message: "There is less on hand than was asked for." },
  deactivated_stock: { status: 409, message: "The stock of this part is deactivated." },
  enrolment_not_pending: { status: 409, message: "There is no enrolment to confirm: start one." },
  output_not_configured: { status: 409, message: "No printing or mailing is configured for labels." },
  object_exists: { status: 409, message: "The key was used before: choose another file name." },
  object_not_uploaded: { status: 409, message: "Nothing was uploaded yet." },
  object_mismatch: { status: 409, message: "What was uploaded is not what was registered; it was removed." },
  version_not_enabled: { status: 409, message: "Version 2 is not enabled for this yacht." },
  body_too_large: { status: 413, message: "The body is larger than 64 KB." },
  object_too_large: { status: 413, message: "The file is larger than the bucket takes." },
  object_type_not_allowed: { status: 415, message: "The bucket does not take files of this type." },
  unsupported_media_type: { status: 415, message: "The body must be application/json." },
  signature_locked: { status: 429, message: "Too many rejected signatures: try again later." },
  internal_error: { status: 500, message: "Something failed on our side." },
  dependency_unavailable: { status: 503, message: "Something we depend on is down: try again." },
  deadline_exceeded: { status: 504, message: "The request took too long; it may have been executed." },
} as const satisfies Record<string, { status: number; message: string }>;

export type ErrorCode = keyof typeof errors;

export interface ErrorContext {
  /** Fields added to the body beside code, message and request_id. Never a PIN, a code or a token. */
  readonly details?: Readonly<Record<string, unknown>>;
  readonly retryAfterSeconds?: number;
  readonly cause?: unknown;
}

/** Thrown anywhere below a route, rendered once by the app. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, unknown>>;
  readonly retryAfterSeconds: number | undefined;

  constructor(code: ErrorCode, context: ErrorContext = {}) {
    super(errors[code].message, { cause: context.cause });
    this.code = code;
    this.details = context.details ?? {};
    this.retryAfterSeconds = context.retryAfterSeconds;
  }

  get status() {
    return errors[this.code].status;
  }
}
