import { GetParameterCommand, ParameterNotFound, type SSMClient } from "@aws-sdk/client-ssm";
import { type ChatWebhook, chatRequest, chatWebhook } from "./chat-webhook.ts";
import type { Receipt, Telling } from "./outbox.ts";

export interface ChatClients {
  readonly parameters: Pick<SSMClient, "send">;
  readonly fetch: typeof globalThis.fetch;
}

/** The chat refused a message. What it answered may show the address, and so is not said. */
export class ChatRefusedError extends Error {
  override readonly name = "ChatRefusedError";
}

const postMilliseconds = 5000;

/** Posts to the webhook of that parameter; it is read for each message, so that a new one holds at once. */
export function chatPoster(parameter: string, { fetch, parameters }: ChatClients) {
  return async (told: Telling): Promise<Pick<Receipt, "endpoint" | "messageId"> | undefined> => {
    const webhook = await readWebhook(parameter, parameters);
    if (!webhook) return undefined;
    const { host } = new URL(webhook.url);
    const status = await post(webhook, told, fetch, host);
    return { endpoint: host, messageId: `HTTP ${status}` };
  };
}

/** An error of fetch's own names the address: only what kind it is goes on. */
async function post(
  webhook: ChatWebhook,
  told: Telling,
  fetch: ChatClients["fetch"],
  host: string,
): Promise<number> {
  const request = { method: "POST", ...chatRequest(told, webhook), redirect: "error" as const };
  const signal = AbortSignal.timeout(postMilliseconds);
  const answer = await fetch(webhook.url, { ...request, signal }).catch((error: unknown) => {
    throw new ChatRefusedError(`${host} was not reached: ${error instanceof Error ? error.name : "unknown"}`);
  });
  await answer.body?.cancel();
  if (!answer.ok) throw new ChatRefusedError(`${host} answered ${answer.status}`);
  return answer.status;
}

/** undefined where none is configured. What is wrong with a malformed one is not said: it may be the secret. */
async function readWebhook(
  Name: string,
  parameters: ChatClients["parameters"],
): Promise<ChatWebhook | undefined> {
  try {
    const { Parameter } = await parameters.send(new GetParameterCommand({ Name, WithDecryption: true }));
    return chatWebhook.parse(JSON.parse(Parameter?.Value ?? ""));
  } catch (error) {
    if (error instanceof ParameterNotFound) return undefined;
    if (error instanceof SyntaxError || (error as Error).name === "ZodError")
      throw new ChatRefusedError(`the parameter ${Name} holds no webhook: set it again`);
    throw error;
  }
}
