/** /v2/signers: a signer belongs to a user and not to a yacht, so no lens and no yacht's role is asked here. */
import { randomUUID } from "node:crypto";
import * as z from "zod";
import { wellFormed } from "../command.ts";
import type { ApiContext } from "../context.ts";
import { signature } from "../fields.ts";
import type { Signers } from "./signers.ts";

const runs = ["01234567890", "09876543210"];
const guessable = (pin: string) => /^(\d)\1*$/.test(pin) || runs.some((run) => run.includes(pin));

/** Six digits, as they are typed. What everybody tries first is refused. */
export const newPin = z
  .string()
  .regex(/^\d{6}$/, "must be six digits")
  .refine((pin) => !guessable(pin), "is too easy to guess");

/** The body of POST /v2/signers/enrol; `signature` is needed to change an enrolment. */
export const enrolBody = z.strictObject({ pin: newPin, signature: signature.optional() });

/** The body of POST /v2/signers/confirm: the first code of the new secret. */
export const confirmBody = z.strictObject({ totp: z.string().regex(/^\d{6}$/, "must be six digits") });

/** The handlers, each for the signed-in user's own enrolment. */
export function signerRoutes(signers: Signers) {
  return {
    async me(c: ApiContext): Promise<object> {
      return success(c, "view_signer", await signers.state(c.get("userId")));
    },
    async enrol(c: ApiContext): Promise<object> {
      const { pin, signature } = await checked(c, enrolBody);
      return success(c, "enrol_signer", await signers.start(c.get("userId"), pin, signature));
    },
    async confirm(c: ApiContext): Promise<object> {
      const { totp } = await checked(c, confirmBody);
      return success(c, "confirm_signer", await signers.confirm(c.get("userId"), totp));
    },
  };

  // Membership comes before the payload. Source: domain.md, "Order of checks".
  async function checked<T>(c: ApiContext, schema: z.ZodType<T>): Promise<T> {
    await signers.state(c.get("userId"));
    return wellFormed(schema, c.get("body"), "invalid_payload");
  }
}

// The secret is in one of these answers: nothing on the way may keep any.
function success(c: ApiContext, action: string, fields: object): object {
  c.header("cache-control", "no-store");
  return { status: "success", action, execution_id: randomUUID(), ...fields };
}
