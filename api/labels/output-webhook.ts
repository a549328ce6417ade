import { ApiError } from "../errors.ts";

/** What a printer's or a mailer's queue is told; the document is fetched by the URL, while it is valid. */
export interface LabelOrder {
  readonly output: "print" | "email";
  readonly yacht_id: string;
  readonly document_id: string;
  readonly requested_by: string;
  readonly url: string;
  readonly expires_at: string;
}

/** Hands an order over; `orderId` is the same when a lost answer makes the same order come again. */
export type QueueOutput = (orderId: string, order: LabelOrder) => Promise<void>;

const timeoutMilliseconds = 4_000;
const retryAfterSeconds = 5;

/**
 * Posts orders to a webhook as JSON, with the order's id as `idempotency-key`. Throws dependency_unavailable when it
 * does not take one: then nothing was queued.
 */
export function createOutputWebhook(webhook: string): QueueOutput {
  return async (orderId, order) => {
    const answer = await fetch(webhook, {
      method: "POST",
      headers: { "content-type": "application/json", "idempotency-key": orderId },
      body: JSON.stringify(order),
      // The order carries a signed URL: it goes where it was configured to go, and nowhere else.
      redirect: "error",
      signal: AbortSignal.timeout(timeoutMilliseconds),
    }).catch((cause) => {
      throw new ApiError("dependency_unavailable", { cause, retryAfterSeconds });
    });
    await answer.body?.cancel();
    if (!answer.ok) {
      const cause = new Error(`the label output webhook answered ${answer.status}`);
      throw new ApiError("dependency_unavailable", { cause, retryAfterSeconds });
    }
  };
}
