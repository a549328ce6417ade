/**
 * The canonical router: executes a command of v2. The order of checks is the contract; authentication, membership
 * and the lens came before. Source: domain.md, "Order of checks".
 */
import type { Action } from "../action.ts";
import { type Command, wellFormed } from "../command.ts";
import { type ApiContext, count } from "../context.ts";
import type { Scope } from "../database/scope.ts";
import type { Dependencies } from "../dependencies.ts";
import { ApiError } from "../errors.ts";
import {
  actionContext,
  actionOf,
  allowedMember,
  type Resources,
  requestScope,
  successOf,
} from "../execution.ts";
import { type Signature, signature as signatureShape } from "../fields.ts";
import type { Evidence } from "../signatures/verification.ts";
import { v2Actions } from "./actions/catalogue.ts";
import { refuseUsedKey, refuseWhenDone } from "./first-result.ts";

type Needs = Resources & Pick<Dependencies, "verifySignature">;

/** Answers `{ status, action, execution_id, …the action's fields }`. Throws ApiErrors and what the database throws. */
export function executeV2({ verifySignature, ...resources }: Needs) {
  return async (c: ApiContext, command: Command): Promise<object> => {
    c.set("action", command.action);
    const action = actionOf(v2Actions, command.action);
    const { payload, signature } = checkedPayload(c, action, command.payload);
    const member = allowedMember(c, action);
    if (action.keyRequired && !command.idempotencyKey) throw new ApiError("idempotency_key_required");
    const unsigned = requestScope(c, member.role, action, command, payload);
    const contextOf = (scope: Scope) => actionContext(c, resources, member, scope);
    // A signed request that is repeated learns its first result; its TOTP step, spent then, would not verify again.
    if (signature) await refuseUsedKey(contextOf(unsigned), command.action);
    const stepSpent = () => refuseWhenDone(contextOf(unsigned), command.action);
    const scope = signature
      ? { ...unsigned, signature: await verified(unsigned, signature, stepSpent) }
      : unsigned;
    const result = await action.handler(contextOf(scope), payload);
    if (action.kind === "signed" && !isSigned(scope, result)) count(c, "unsignedExecutions");
    return successOf(command.action, scope, result);
  };

  function verified(
    { user_id, role, payload_sha256 = "" }: Scope,
    signature: Signature,
    stepSpent: () => Promise<void>,
  ): Promise<Evidence> {
    return verifySignature({ userId: user_id, role, signature, payloadHash: payload_sha256, stepSpent });
  }
}

// The signature is looked at first: an attempt without one is counted whatever else is wrong with the payload.
function checkedPayload(c: ApiContext, action: Action, given: Command["payload"]) {
  if (action.kind !== "signed") return { payload: wellFormed(action.payload, given, "invalid_payload") };
  const { signature, ...rest } = given;
  if (signature === undefined || signature === null) {
    count(c, "unsignedAttempts");
    throw new ApiError("signature_required");
  }
  return {
    signature: wellFormed(signatureShape, signature, "signature_malformed"),
    payload: wellFormed(action.payload, rest, "invalid_payload"),
  };
}

/** By what was verified and by what the database says it wrote: neither alone is proof. */
function isSigned(scope: Scope, result: object): boolean {
  return scope.signature !== undefined && (result as { is_signed?: unknown }).is_signed === true;
}
