import { createHmac } from "node:crypto";
import * as z from "zod";
import type { Telling } from "./outbox.ts";

/** The webhook as it is kept in the parameter store, encrypted: its URL is the secret of most chat services. */
export const chatWebhook = z.strictObject({
  url: z.url({ protocol: /^https?$/ }),
  /** Signs the body where the receiver checks it: HMAC-SHA256, hex, in the header X-Part-Lens-Signature. */
  key: z.string().min(16).optional(),
});
export type ChatWebhook = z.infer<typeof chatWebhook>;

/** Where an environment's webhook is kept. */
export function chatParameter(environment: string): string {
  return `/part-lens/${environment}/chat-webhook`;
}

export interface ChatRequest {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** JSON that Slack, Mattermost and Teams' workflows show by `text`; the rest is for a receiver of one's own. */
export function chatRequest(told: Telling, { key }: ChatWebhook): ChatRequest {
  const { body: details, incident, mode, severity, subject, transition, way } = told;
  const text = `${subject}\n${details}`;
  const body = JSON.stringify({ text, subject, severity, mode, way, incident, transition });
  const signature = key && createHmac("sha256", key).update(body).digest("hex");
  return {
    body,
    headers: {
      "content-type": "application/json",
      ...(signature && { "x-part-lens-signature": `sha256=${signature}` }),
    },
  };
}
