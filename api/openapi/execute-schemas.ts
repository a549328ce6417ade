/** The canonical router's request and answers: one alternative for each action. */
import * as z from "zod";
import type { Action } from "../action.ts";
import { envelope } from "../command.ts";
import type { ErrorCode } from "../errors.ts";
import { idempotencyKey, signature } from "../fields.ts";
import { v2Actions } from "../v2/actions/catalogue.ts";
import {
  actionErrors,
  anywhere,
  canonical,
  type DescribedAction,
  withBody,
  withToken,
  withYacht,
} from "./error-codes.ts";
import { successSchema, v1Results, v2Results } from "./result-schemas.ts";

const kinds = {
  read: "Reads.",
  mutate: "Changes something.",
  signed: "Signed: the payload carries PIN and TOTP code.",
} as const satisfies Record<Action["kind"], string>;

function requestOf(name: string, action: Action): z.ZodObject {
  const payload = action.payload as z.ZodObject;
  return envelope
    .extend({
      action: z.literal(name),
      payload: action.kind === "signed" ? payload.extend({ signature }) : payload,
      idempotency_key: action.keyRequired ? idempotencyKey : idempotencyKey.optional(),
    })
    .meta({ title: name, description: `${kinds[action.kind]} For: ${action.roles.join(", ")}.` });
}

/** The body: which fields the payload has follows from `action`. */
export function executeBody(): z.ZodType {
  const requests = Object.entries(v2Actions).map(([name, action]) => requestOf(name, action));
  return z.union(requests);
}

/** The answers, v1's too where the lens chooses. */
export function executeSuccess(withV1: boolean): z.ZodType {
  const titled = (version: string, results: Readonly<Record<string, z.ZodObject>>) =>
    Object.entries(results).map(([name, fields]) =>
      successSchema(name, fields).meta({ title: `${name} (${version})` }),
    );
  return z.union([...titled("v2", v2Results), ...(withV1 ? titled("v1", v1Results) : [])]);
}

/** What any of the actions may refuse with. */
export function executeErrors(isV2: boolean): readonly ErrorCode[] {
  const own = Object.keys(v2Actions).flatMap((name) => actionErrors[name as DescribedAction]);
  const version: readonly ErrorCode[] = isV2 ? ["version_not_enabled"] : [];
  return [...anywhere, ...withToken, ...withYacht, ...withBody, ...canonical, ...own, ...version];
}
