import { createServer } from "node:http";
import { freePort } from "../../infra/local/services/free-port.ts";

/** What a topic posts. */
export interface Message {
  /** Left out by what is no topic's. */
  readonly Type?: string;
  readonly Token?: string;
  readonly TopicArn?: string;
  readonly Subject?: string;
}

/** A server that keeps what topics post to it, and answers every GET as v1's health does while v2 serves half. */
export interface Inbox {
  readonly url: string;
  /** All that was posted, or what is of that type. */
  messages(type?: "SubscriptionConfirmation" | "Notification"): readonly Message[];
  close(): void;
}

const health = JSON.stringify({ status: "ok", version: "v1", tenants: 2, percent: 50, cap: 100 });

export async function startInbox(): Promise<Inbox> {
  const kept: Message[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    if (request.method === "POST") kept.push(JSON.parse(Buffer.concat(chunks).toString()));
    response.end(health);
  });
  const port = await freePort();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  return {
    url: `http://127.0.0.1:${port}`,
    messages: (type) => kept.filter(({ Type }) => type === undefined || Type === type),
    close: () => server.close(),
  };
}
