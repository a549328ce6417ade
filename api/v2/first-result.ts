import { setTimeout as delay } from "node:timers/promises";
import type { ActionContext } from "../action.ts";

const waitsMilliseconds = [20, 50, 100, 200, 400, 400, 400, 400];

/** Refuses a key that was used: throws the database's answer, with the first result. Does nothing without a key. */
export async function refuseUsedKey({ scope, call }: ActionContext, action: string): Promise<void> {
  if (scope.idempotency_key) await call("v2_check_idempotency_key", { action });
}

/**
 * The right PIN and code came, and the code's step is spent: by the same request, perhaps, sent twice at once, whose
 * first copy has not ended yet. Waits for its result up to two seconds and throws as refuseUsedKey; returns when
 * there is none: then it is a replay.
 */
export async function refuseWhenDone(context: ActionContext, action: string): Promise<void> {
  if (!context.scope.idempotency_key) return;
  for (const milliseconds of waitsMilliseconds) {
    await refuseUsedKey(context, action);
    await delay(milliseconds);
  }
  await refuseUsedKey(context, action);
}
